import type { OperationsReply } from "../../api/replies.ts";
import { urlInFleet } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Status } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";

/** The open pages, and whether their receivers got them. */
export const Pages = ({ pages }: Pick<OperationsReply, "pages">) => (
  <Card
    title="Pages"
    actions={<a href={urlInFleet("/operations/pages", undefined)}>All pages and attempts</a>}
  >
    {pages === null && <p class="muted">Not known: the table did not answer.</p>}
    {pages?.open.length === 0 && <p class="muted">No page is open.</p>}
    {pages !== null && pages.open.length > 0 && (
      <Table
        label="Open pages"
        rows={pages.open}
        keyOf={({ id }) => id}
        columns={[
          { title: "Page", cell: ({ summary }) => <Text value={summary} /> },
          { title: "Since", cell: ({ since }) => <Ago at={since} /> },
          {
            title: "Received by",
            isNumber: true,
            cell: ({ receivers, receivers_told: told }) => `${told} of ${receivers}`,
          },
        ]}
      />
    )}
    {pages?.failed_deliveries.map(({ page, receiver, state, error }) => (
      <p key={`${page} ${receiver}`}>
        <Status kind={state === "waiting" ? "warn" : "bad"}>{state.replace("_", " ")}</Status>{" "}
        {receiver} <Text value={error ?? ""} />
      </p>
    ))}
  </Card>
);
