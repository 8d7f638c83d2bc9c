import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { Problem } from "./problem.tsx";
import { toastError } from "./toast.tsx";

interface Props {
  readonly children: ComponentChildren;
  readonly kind?: "primary" | "danger" | "quiet";
  readonly disabled?: boolean;
  readonly label?: string;
  /**
   * The button is busy until it resolves. A failure is shown as a toast, and in a dialogue before
   * the buttons: nothing outside of an open dialogue is read or clicked.
   */
  onClick(): unknown;
}

/** A button that runs an action once at a time. */
export const Button = ({ children, kind, disabled = false, label, onClick }: Props) => {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const element = useRef<HTMLButtonElement>(null);
  // The state changes with the next rendering, and a second click can come before.
  const isRunning = useRef(false);
  const run = async (): Promise<void> => {
    if (isRunning.current) return;
    isRunning.current = true;
    setBusy(true);
    setProblem(undefined);
    try {
      await onClick();
    } catch (error) {
      if (element.current?.closest("dialog")) setProblem(error);
      else toastError(error);
    } finally {
      isRunning.current = false;
      setBusy(false);
    }
  };
  return (
    <>
      {problem !== undefined && <Problem error={problem} />}
      <button
        ref={element}
        type="button"
        class={`button ${kind ?? ""}`}
        disabled={disabled}
        aria-busy={isBusy}
        aria-label={label}
        onClick={() => void run()}
      >
        {children}
      </button>
    </>
  );
};
