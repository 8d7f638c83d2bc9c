import { toast } from "./toast.tsx";

const copy = async (text: string): Promise<void> => {
  try {
    // There is no clipboard where a machine is reached by its name, without TLS.
    await navigator.clipboard.writeText(text);
    toast("Copied.");
  } catch {
    toast("The browser does not allow copying. Select the text instead.");
  }
};

/** Copies a text. */
export const Copy = ({ text, label = "Copy" }: { text: string; label?: string }) => (
  <button
    type="button"
    class="button small"
    onClick={() => {
      void copy(text);
    }}
  >
    {label}
  </button>
);
