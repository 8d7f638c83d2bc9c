import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { toastError } from "./toast.tsx";

interface Props {
  readonly children: ComponentChildren;
  readonly kind?: "primary" | "danger" | "quiet";
  readonly disabled?: boolean;
  readonly label?: string;
  /** The button is busy until it resolves. A failure is shown as a toast. */
  onClick(): unknown;
}

/** A button that runs an action once at a time. */
export const Button = ({ children, kind, disabled = false, label, onClick }: Props) => {
  const [isBusy, setBusy] = useState(false);
  // The state changes with the next rendering, and a second click can come before.
  const isRunning = useRef(false);
  const run = async (): Promise<void> => {
    if (isRunning.current) return;
    isRunning.current = true;
    setBusy(true);
    try {
      await onClick();
    } catch (error) {
      toastError(error);
    } finally {
      isRunning.current = false;
      setBusy(false);
    }
  };
  return (
    <button
      type="button"
      class={`button ${kind ?? ""}`}
      disabled={disabled}
      aria-busy={isBusy}
      aria-label={label}
      onClick={() => void run()}
    >
      {children}
    </button>
  );
};
