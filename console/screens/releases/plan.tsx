import type { ReleasePlanBody } from "../../api/replies.ts";
import { urlOf } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Facts } from "../../ui/facts.tsx";
import { duration, number, plural } from "../../ui/format.ts";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { whomText } from "./releaseState.tsx";

/** Whom each wave of a release reaches. */
export const Plan = ({ plan }: { plan: ReleasePlanBody }) => (
  <Card title="The plan">
    <p role="status">
      Version {plan.version} goes to {plural(plan.targeted, "device")}, at most five at first.
    </p>
    {plan.conflicts.length > 0 && (
      <div class="problem" role="alert">
        <p>
          <strong>Unfinished releases have some of these devices.</strong>
        </p>
        <ul>
          {plan.conflicts.map((id) => (
            <li key={id}>
              <a href={urlOf(`/releases/${encodeURIComponent(id)}`)}>Release {id}</a>
            </li>
          ))}
        </ul>
        <p>Wait until they are complete, or cancel them.</p>
      </div>
    )}
    <Table
      label="Waves of the plan"
      rows={plan.waves.map((wave, i) => ({ ...wave, place: i + 1 }))}
      keyOf={({ place }) => String(place)}
      columns={[
        { title: "Wave", isNumber: true, cell: ({ place }) => place },
        { title: "For", cell: (wave) => <Text value={whomText(wave)} max={100} /> },
        { title: "Devices", isNumber: true, cell: ({ count }) => number(count) },
        {
          title: "First devices",
          cell: ({ ids, count }) => (
            <Text value={`${ids.join(", ")}${count > ids.length ? ", …" : ""}`} max={80} />
          ),
        },
        {
          title: "Then waits",
          cell: ({ soak }) => (soak === 0 ? "–" : duration(soak)),
        },
      ]}
    />
    <Facts
      facts={[
        ["Run the version already", number(plan.current)],
        ["Reached by no wave", number(plan.not_reached)],
        ...Object.entries(plan.excluded).map(
          ([why, count]) => [`Excluded: ${why.replaceAll("_", " ")}`, number(count)] as const,
        ),
      ]}
    />
  </Card>
);
