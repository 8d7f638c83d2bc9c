import { Card } from "../../ui/card.tsx";
import { Field, Select } from "../../ui/field.tsx";
import type { ReleaseDraft } from "./draft.ts";

interface Props {
  readonly draft: ReleaseDraft;
  set(change: Partial<ReleaseDraft>): void;
}

const rollbacks = [
  ["slot", "devices boot their other slot; nothing is downloaded"],
  ["version", "a former version is released again"],
  ["none", "nothing: a person decides"],
] as const;

/** When a release halts, what happens then, and when devices update. */
export const Safety = ({ draft, set }: Props) => (
  <Card title="Halt, rollback and time">
    <div class="stack">
      <div class="filters">
        <Field
          label="Halts at failures"
          value={draft.count}
          required
          onInput={(count) => set({ count })}
        />
        <Field
          label="And at percent"
          value={draft.percent}
          required
          onInput={(percent) => set({ percent })}
        />
      </div>
      <Select
        label="When it halts by itself"
        value={draft.rollback}
        options={rollbacks}
        onChange={(value) =>
          set({ rollback: rollbacks.find(([name]) => name === value)?.[0] ?? "none" })
        }
      />
      {draft.rollback !== "none" && (
        <Field
          label={`Former version${draft.rollback === "slot" ? " (for devices without a second slot)" : ""}`}
          value={draft.rollbackVersion}
          required={draft.rollback === "version"}
          onInput={(rollbackVersion) => set({ rollbackVersion })}
        />
      )}
      <div class="filters">
        <Field
          label="Only from"
          value={draft.from}
          placeholder="22:00"
          maxLength={5}
          onInput={(from) => set({ from })}
        />
        <Field
          label="Until"
          value={draft.until}
          placeholder="06:00"
          maxLength={5}
          onInput={(until) => set({ until })}
        />
      </div>
      <p class="hint">In the local time of each device. Empty: at any time.</p>
      <label class="check">
        <input
          type="checkbox"
          checked={draft.isImmediate}
          onChange={(event) => set({ isImmediate: event.currentTarget.checked })}
        />
        Connected devices update at once, not at their next connection
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={draft.isForced}
          onChange={(event) => set({ isForced: event.currentTarget.checked })}
        />
        Devices can neither refuse nor defer the update
      </label>
    </div>
  </Card>
);
