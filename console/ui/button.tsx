import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
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
  const run = async (): Promise<void> => {
    if (isBusy) return;
    setBusy(true);
    try {
      await onClick();
    } catch (error) {
      toastError(error);
    } finally {
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
