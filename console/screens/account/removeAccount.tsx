import { useState } from "preact/hooks";
import { visible } from "#shared/platform/visibleText.ts";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { signedOut } from "../../api/credentials.ts";
import { request } from "../../api/request.ts";
import { Confirm } from "../../ui/confirm.tsx";
import { OwnPassword } from "./ownPassword.tsx";

/** Deletes the account of the user. */
export const RemoveAccount = ({ username }: { username: string }) => {
  const [password, setPassword] = useState("");
  const remove = (given: string): ApiRequest => ({
    method: "DELETE",
    path: "/v1/user",
    body: { password: given },
  });
  return (
    <Confirm
      action="Delete the account"
      title="Delete your account?"
      request={remove("PASSWORD")}
      run={async () => {
        await request(remove(password));
        signedOut();
      }}
    >
      <p>
        The account <bdi>{visible(username).slice(0, 100)}</bdi>, its tokens, its OAuth clients, its
        memberships and its second factor are lost permanently. The name cannot be used again. The
        API refuses it while you have devices, integrations or products, and names them.
      </p>
      <OwnPassword label="Your password" value={password} onInput={setPassword} />
    </Confirm>
  );
};
