import type { UserBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { Curl } from "../../ui/curl.tsx";
import { LoadState } from "../../ui/loadState.tsx";
import { Screen } from "../../ui/screen.tsx";
import { ChangeAddress } from "./changeAddress.tsx";
import { ChangePassword } from "./changePassword.tsx";
import { RemoveAccount } from "./removeAccount.tsx";
import { SecondFactor } from "./secondFactor.tsx";

const show = { method: "GET", path: "/v1/user" } as const;

/** The user account: password, e-mail address, second factor. */
export const Account = () => {
  const { data, error, reload } = useLoaded("user", (signal) => request<UserBody>(show, signal));
  return (
    <Screen
      title="Account"
      actions={
        <>
          <Curl action="Show the account" request={show} />
          {data !== undefined && <RemoveAccount username={data.username} />}
        </>
      }
    >
      <LoadState data={data} error={error} reload={reload} />
      {data !== undefined && (
        <div class="columns">
          <ChangePassword username={data.username} />
          <ChangeAddress username={data.username} />
          <SecondFactor isEnabled={data.mfa.enabled} reload={reload} />
        </div>
      )}
    </Screen>
  );
};
