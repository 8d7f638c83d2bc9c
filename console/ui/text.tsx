import { useState } from "preact/hooks";
import { visibleLines } from "#shared/platform/visibleText.ts";

interface Props {
  readonly value: string;
  /** Longer text is cut, with a button to show the rest. */
  readonly max?: number;
}

/** Text from outside, on one or several lines: shown as text, bounded, in its own direction. */
export const Text = ({ value, max = 200 }: Props) => {
  const [isWhole, setWhole] = useState(false);
  const isCut = value.length > max && !isWhole;
  return (
    <bdi class="text">
      {visibleLines(isCut ? value.slice(0, max) : value)}
      {isCut && (
        <>
          …{" "}
          <button type="button" class="link" onClick={() => setWhole(true)}>
            show all ({value.length} characters)
          </button>
        </>
      )}
    </bdi>
  );
};

/** A block of text from outside, such as the body of a request. */
export const Block = ({ value, label }: { value: string; label: string }) => (
  // biome-ignore lint/a11y/useSemanticElements: it groups no fields.
  <div class="block" role="group" aria-label={label}>
    {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it. */}
    <pre tabIndex={0}>
      <bdi>{visibleLines(value)}</bdi>
    </pre>
  </div>
);
