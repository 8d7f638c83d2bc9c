/** One wave, as a person types it. */
export interface WaveDraft {
  readonly kind: "percent" | "groups" | "devices";
  /** The percentage, or names or ids. */
  readonly value: string;
  /** Minutes until the next wave may open. */
  readonly soak: string;
}

/** A release, as a person types it. */
export interface ReleaseDraft {
  readonly version: string;
  readonly to: "all" | "groups" | "devices";
  /** Names of groups or ids of devices. */
  readonly names: string;
  readonly waves: readonly WaveDraft[];
  readonly count: string;
  readonly percent: string;
  readonly from: string;
  readonly until: string;
  readonly rollback: "none" | "slot" | "version";
  readonly rollbackVersion: string;
  readonly isForced: boolean;
  readonly isImmediate: boolean;
}

export const emptyDraft: ReleaseDraft = {
  version: "",
  to: "all",
  names: "",
  waves: [
    { kind: "percent", value: "5", soak: "60" },
    { kind: "percent", value: "100", soak: "0" },
  ],
  count: "3",
  percent: "1",
  from: "",
  until: "",
  rollback: "slot",
  rollbackVersion: "",
  isForced: false,
  isImmediate: true,
};

const listOf = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);

/** A number, or the text itself: the API says what is wrong with it. */
const numberOf = (text: string): number | string => {
  const value = Number(text);
  return text.trim() === "" || Number.isNaN(value) ? text : value;
};

const waveOf = ({ kind, value, soak }: WaveDraft) => {
  const minutes = numberOf(soak);
  return {
    [kind]: kind === "percent" ? numberOf(value) : listOf(value),
    soak: typeof minutes === "number" ? Math.round(minutes * 60) : minutes,
  };
};

/** The body of the request for a release, and for its plan. */
export const bodyOf = (draft: ReleaseDraft): Readonly<Record<string, unknown>> => ({
  version: numberOf(draft.version),
  to: draft.to === "all" ? { all: true } : { [draft.to]: listOf(draft.names) },
  waves: draft.waves.map(waveOf),
  failures: { count: numberOf(draft.count), percent: numberOf(draft.percent) },
  ...((draft.from !== "" || draft.until !== "") && {
    window: { from: draft.from, to: draft.until },
  }),
  rollback: draft.rollback,
  ...(draft.rollback !== "none" &&
    draft.rollbackVersion !== "" && { rollback_version: numberOf(draft.rollbackVersion) }),
  ...(draft.isForced && { forced: true }),
  ...(!draft.isImmediate && { immediate: false }),
});
