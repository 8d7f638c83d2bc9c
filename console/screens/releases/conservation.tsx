import type { ReleaseBody } from "../../api/replies.ts";
import { Card } from "../../ui/card.tsx";
import { duration, number } from "../../ui/format.ts";
import { Status } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";
import { whomText } from "./releaseState.tsx";

/** The states of a device in a release, in the order of an update. */
export const deviceStates = [
  "current",
  "held",
  "waiting",
  "downloading",
  "installed",
  "failed",
  "excluded",
] as const;

type Counts = ReleaseBody["devices_by_state"];

interface Row {
  readonly name: string;
  readonly whom: string;
  readonly soak: number;
  /** `undefined` for the sum of all. */
  readonly openedAt: string | null | undefined;
  readonly counts: Counts;
}

const addsUp = (counts: Counts): boolean =>
  deviceStates.reduce((sum, state) => sum + counts[state], 0) === counts.targeted;

/** The devices of each wave by state. They add up to those that are targeted. */
export const Conservation = ({ release }: { release: ReleaseBody }) => {
  const rows: readonly Row[] = [
    ...release.waves.map((wave, i) => ({
      name: String(i + 1),
      whom: whomText(wave),
      soak: wave.soak,
      openedAt: wave.opened_at,
      counts: wave.devices_by_state,
    })),
    {
      name: "all",
      whom: "",
      soak: 0,
      openedAt: undefined,
      counts: release.devices_by_state,
    },
  ];
  return (
    <Card title="Waves">
      <Table
        label="Devices of each wave by state"
        rows={rows}
        keyOf={({ name }) => name}
        columns={[
          { title: "Wave", cell: ({ name }) => name },
          { title: "For", cell: ({ whom }) => <Text value={whom} max={60} /> },
          { title: "Opened", cell: ({ openedAt }) => <Opened at={openedAt} /> },
          { title: "Then waits", cell: ({ soak }) => (soak === 0 ? "–" : duration(soak)) },
          { title: "targeted", isNumber: true, cell: ({ counts }) => number(counts.targeted) },
          ...deviceStates.map((state) => ({
            title: state,
            isNumber: true,
            cell: ({ counts }: Row) => number(counts[state]),
          })),
        ]}
      />
      <p class="hint">
        {rows.every(({ counts }) => addsUp(counts)) ? (
          "Every targeted device has exactly one state."
        ) : (
          <Status kind="bad">The states do not add up to the targeted devices.</Status>
        )}
      </p>
    </Card>
  );
};

const Opened = ({ at }: { at: string | null | undefined }) => {
  if (at === undefined) return null;
  return at === null ? <span class="muted">not yet</span> : <Ago at={at} />;
};
