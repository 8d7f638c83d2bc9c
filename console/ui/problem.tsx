import { visible } from "#shared/platform/visibleText.ts";
import { ApiError, nextStep, textOf } from "../api/apiError.ts";

interface Props {
  readonly error: unknown;
  /** Loads the data again. The console also does it by itself. */
  onRetry?(): Promise<void>;
  /** Whether the console repeats the request by itself: by default, what `onRetry` loads. */
  readonly isRepeated?: boolean;
}

/** An error with its cause, its next step and a way to repeat. */
export const Problem = ({ error, onRetry, isRepeated = onRetry !== undefined }: Props) => {
  const next = error instanceof ApiError ? nextStep(error, { isRepeated }) : undefined;
  return (
    <div class="problem" role="alert">
      <p>
        <strong>{visible(textOf(error))}</strong>
      </p>
      {next !== undefined && <p>{next}</p>}
      {onRetry !== undefined && (
        <button type="button" class="button" onClick={() => void onRetry()}>
          Try again
        </button>
      )}
    </div>
  );
};
