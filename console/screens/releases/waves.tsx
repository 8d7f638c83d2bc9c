import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Field, Select } from "../../ui/field.tsx";
import type { WaveDraft } from "./draft.ts";

interface Props {
  readonly waves: readonly WaveDraft[];
  onChange(waves: readonly WaveDraft[]): void;
}

const wavesMax = 20;

const kinds = [
  ["percent", "percent of the devices"],
  ["groups", "groups"],
  ["devices", "named devices"],
] as const;

const labels: Readonly<Record<WaveDraft["kind"], string>> = {
  percent: "Percent in all",
  groups: "Groups",
  devices: "Ids",
};

/** The waves of a release, in order. */
export const Waves = ({ waves, onChange }: Props) => {
  const set = (place: number, change: Partial<WaveDraft>): void =>
    onChange(waves.map((wave, i) => (i === place ? { ...wave, ...change } : wave)));
  return (
    <Card title="Waves">
      <p class="hint">
        Percentages are cumulative: the last wave ends at 100. After a wave, the release waits
        before it opens the next one.
      </p>
      <div class="stack">
        {waves.map((wave, i) => (
          <fieldset key={i} class="filters">
            <legend>Wave {i + 1}</legend>
            <Select
              label="For"
              value={wave.kind}
              options={kinds}
              onChange={(value) => {
                const kind = kinds.find(([name]) => name === value)?.[0] ?? "percent";
                set(i, { kind, value: "" });
              }}
            />
            <Field
              label={labels[wave.kind]}
              value={wave.value}
              required
              onInput={(value) => set(i, { value })}
            />
            <Field
              label="Then wait (minutes)"
              value={wave.soak}
              required
              onInput={(soak) => set(i, { soak })}
            />
            {waves.length > 1 && (
              <Button
                kind="quiet"
                label={`Remove wave ${i + 1}`}
                onClick={() => onChange(waves.filter((_, place) => place !== i))}
              >
                Remove
              </Button>
            )}
          </fieldset>
        ))}
        {waves.length < wavesMax && (
          <div class="actions">
            <Button
              onClick={() => onChange([{ kind: "devices", value: "", soak: "60" }, ...waves])}
            >
              Add a wave before
            </Button>
            <Button onClick={() => onChange([...waves, { kind: "percent", value: "", soak: "0" }])}>
              Add a wave after
            </Button>
          </div>
        )}
      </div>
    </Card>
  );
};
