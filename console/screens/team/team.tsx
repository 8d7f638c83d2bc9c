import { fleetPath } from "../../api/fleet.ts";
import type { ApiUserBody, InvitationBody, MemberBody, OwnerBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { product } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Empty } from "../../ui/empty.tsx";
import { LoadState } from "../../ui/loadState.tsx";
import { Screen } from "../../ui/screen.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";
import { ApiUsers } from "./apiUsers.tsx";
import { Invite } from "./invite.tsx";
import { RemoveFromTeam, RoleChoice } from "./roles.tsx";
import { TeamChanges } from "./teamChanges.tsx";

type Person = OwnerBody | MemberBody;

interface TeamBody {
  readonly team: readonly (Person | ApiUserBody)[];
  readonly invitations: readonly InvitationBody[];
}

/** The people and API users of a product. */
export const Team = () => {
  const list = { method: "GET", path: fleetPath("/team") } as const;
  const { data, error, reload } = useLoaded(list.path, (signal) => request<TeamBody>(list, signal));
  if (product.value === undefined) return <NoProduct />;
  const people = data?.team.filter((one): one is Person => !one.is_programmatic) ?? [];
  const programs = data?.team.filter((one): one is ApiUserBody => one.is_programmatic) ?? [];
  return (
    <Screen title="Team" actions={<Curl action="List the team" request={list} />}>
      <LoadState data={data} error={error} reload={reload} />
      {data !== undefined && (
        <>
          <People people={people} reload={reload} />
          <Invitations invitations={data.invitations} reload={reload} />
          <div class="columns">
            <Invite reload={reload} />
            <ApiUsers users={programs} reload={reload} />
          </div>
          <TeamChanges />
        </>
      )}
    </Screen>
  );
};

const NoProduct = () => (
  <Screen title="Team">
    <Empty title="Your own devices have no team.">
      <p>Create a product, and invite people to it.</p>
    </Empty>
  </Screen>
);

const People = ({ people, reload }: { people: readonly Person[]; reload(): Promise<void> }) => (
  <Card title="People">
    <Table
      label="People"
      rows={people}
      keyOf={({ username }) => username}
      columns={[
        { title: "Name", cell: ({ username }) => <Text value={username} max={100} /> },
        {
          title: "Role",
          cell: ({ username, role }) =>
            role === "owner" ? (
              "owner"
            ) : (
              <RoleChoice username={username} role={role} reload={reload} />
            ),
        },
        { title: "Since", cell: ({ since }) => <Ago at={since} /> },
        {
          title: "Action",
          cell: ({ username, role }) =>
            role !== "owner" && <RemoveFromTeam username={username} reload={reload} />,
        },
      ]}
    />
  </Card>
);

interface InvitationsProps {
  readonly invitations: readonly InvitationBody[];
  reload(): Promise<void>;
}

const Invitations = ({ invitations, reload }: InvitationsProps) =>
  invitations.length === 0 ? null : (
    <Card title="Open invitations">
      <Table
        label="Open invitations"
        rows={invitations}
        keyOf={({ id }) => id}
        columns={[
          { title: "Name", cell: ({ username }) => <Text value={username} max={100} /> },
          { title: "Role", cell: ({ role }) => role },
          { title: "Invited by", cell: ({ invited_by: by }) => <Text value={by} max={100} /> },
          { title: "Sent", cell: ({ created_at: at }) => <Ago at={at} /> },
          {
            title: "Action",
            cell: ({ username }) => <RemoveFromTeam username={username} reload={reload} />,
          },
        ]}
      />
    </Card>
  );
