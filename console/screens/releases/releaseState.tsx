import type { ListedReleaseBody } from "../../api/replies.ts";
import { Status } from "../../ui/status.tsx";

type State = ListedReleaseBody["state"];

const kinds: Readonly<Record<State, "good" | "bad" | "warn" | "off">> = {
  enrolling: "warn",
  running: "good",
  halted: "bad",
  rolling_back: "bad",
  rolled_back: "off",
  cancelled: "off",
  superseded: "off",
  completed: "good",
};

/** The state of a release. */
export const ReleaseState = ({ state }: { state: State }) => (
  <Status kind={kinds[state]}>{state.replace("_", " ")}</Status>
);

/** Whether the release goes on, or waits for a person. */
export const isUnfinished = (state: State): boolean =>
  state === "enrolling" || state === "running" || state === "halted" || state === "rolling_back";

/** What is special about a release, as text; empty for one of a person. */
export const kindText = (kind: ListedReleaseBody["kind"]): string => {
  switch (kind) {
    case "catch_up":
      return "late devices";
    case "flash":
      return "one device";
    case "rollback":
      return "rollback";
    default:
      return "";
  }
};

interface Whom {
  readonly all?: true;
  readonly percent?: number;
  readonly groups?: readonly string[];
  readonly devices?: readonly string[];
}

/** Whom a release of the kind `catch_up` is for. */
export const lateText = "devices that come after the release of the version";

/** Whom a release or a wave is for, as text. */
export const whomText = ({ all, percent, groups, devices }: Whom): string => {
  if (all === true) return "all devices";
  if (percent !== undefined) return `up to ${percent} %`;
  if (groups !== undefined) return `groups ${groups.join(", ")}`;
  return `${devices?.length ?? 0} named devices`;
};
