import { toast } from "./toast.tsx";

/** Copies a text. */
export const Copy = ({ text, label = "Copy" }: { text: string; label?: string }) => (
  <button
    type="button"
    class="button small"
    onClick={() => {
      navigator.clipboard.writeText(text).then(
        () => toast("Copied."),
        () => toast("The browser does not allow copying. Select the text instead."),
      );
    }}
  >
    {label}
  </button>
);
