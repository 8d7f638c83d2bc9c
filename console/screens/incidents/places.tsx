import type { OperationsReply } from "../../api/replies.ts";
import { Select } from "../../ui/field.tsx";
import { words } from "./incidentText.ts";

/** A component in a region. */
export interface Place {
  readonly component: OperationsReply["components"][number]["component"];
  readonly region: string;
  /** Absent for a maintenance. */
  readonly status?: string | undefined;
}

interface Props {
  readonly components: OperationsReply["components"];
  readonly places: readonly Place[];
  /** A maintenance affects a component or does not. */
  readonly isMaintenance: boolean;
  onChange(places: readonly Place[]): void;
}

const faults = ["degraded_performance", "partial_outage", "major_outage", "operational"];

const keyOf = ({ component, region }: Place): string => `${component} ${region}`;

/** Which components an incident or a maintenance affects. */
export const Places = ({ components, places, isMaintenance, onChange }: Props) => (
  <details open={places.length > 0}>
    <summary>Affected components ({places.length})</summary>
    <div class="stack">
      {components.map(({ component, region, name }) => {
        const found = places.find((each) => keyOf(each) === keyOf({ component, region }));
        const others = places.filter((each) => each !== found);
        return (
          <Select
            key={`${component} ${region}`}
            label={`${name} in ${region}`}
            value={found === undefined ? "" : (found.status ?? "affected")}
            options={[
              ["", "not affected"],
              ...(isMaintenance
                ? ([["affected", "under maintenance"]] as const)
                : faults.map((each) => [each, words(each)] as const)),
            ]}
            onChange={(status) =>
              onChange(
                status === ""
                  ? others
                  : [...others, { component, region, ...(!isMaintenance && { status }) }],
              )
            }
          />
        );
      })}
    </div>
  </details>
);
