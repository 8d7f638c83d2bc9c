import { visible } from "#shared/platform/visibleText.ts";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import { request } from "../../api/request.ts";
import { Confirm } from "../../ui/confirm.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Select } from "../../ui/field.tsx";
import { toast, toastError } from "../../ui/toast.tsx";

/** The roles that a person can get, and what they may do. */
export const roleOptions = [
  ["administrator", "administrator: everything except deletion"],
  ["developer", "developer: devices, events, integrations"],
  ["support", "support: read, call functions, ping"],
  ["viewer", "viewer: read"],
] as const;

interface Props {
  readonly username: string;
  reload(): Promise<void>;
}

const memberPath = (username: string): string => fleetPath(`/team/${encodeURIComponent(username)}`);

/** Changes the role of a member. */
export const RoleChoice = ({ username, role, reload }: Props & { readonly role: string }) => {
  const change = (next: string): ApiRequest => ({
    method: "PUT",
    path: memberPath(username),
    body: { role: next },
  });
  return (
    <div class="actions">
      <Select
        label={`Role of ${visible(username)}`}
        isBare
        value={role}
        options={roleOptions}
        onChange={(next) => {
          request(change(next))
            .then(() => toast("The role is changed. It takes effect within 5 seconds."), toastError)
            .then(reload, toastError);
        }}
      />
      <Curl action={`Set the role of ${visible(username)}`} request={change(role)} />
    </div>
  );
};

/** Removes a person, an invitation or an API user. */
export const RemoveFromTeam = ({ username, reload }: Props) => {
  const remove: ApiRequest = { method: "DELETE", path: memberPath(username) };
  return (
    <Confirm
      action="Remove"
      title="Remove from the team?"
      request={remove}
      run={async () => {
        await request(remove);
        await reload();
        toast("Removed.");
      }}
    >
      <p>
        <bdi>{visible(username).slice(0, 200)}</bdi> loses access to this product. Tokens of API
        users and of OAuth clients that this person knows stay valid: replace them.
      </p>
    </Confirm>
  );
};
