import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { Problem } from "./problem.tsx";

interface Props {
  readonly children: ComponentChildren;
  readonly submit: string;
  /** Beside the button. */
  readonly actions?: ComponentChildren;
  onSubmit(): Promise<void>;
}

/** A form that sends once at a time and shows why it failed. */
export const Form = ({ children, submit, actions, onSubmit }: Props) => {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  // The state changes with the next rendering, and a second click can come before.
  const isRunning = useRef(false);
  const run = async (): Promise<void> => {
    if (isRunning.current) return;
    isRunning.current = true;
    setBusy(true);
    setError(undefined);
    try {
      await onSubmit();
    } catch (problem) {
      setError(problem);
    } finally {
      isRunning.current = false;
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      {children}
      {error !== undefined && <Problem error={error} />}
      <div class="actions">
        <button type="submit" class="button primary" aria-busy={isBusy}>
          {submit}
        </button>
        {actions}
      </div>
    </form>
  );
};
