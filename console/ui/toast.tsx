import { signal } from "@preact/signals";
import { visible } from "#shared/platform/visibleText.ts";
import { ApiError, nextStep, textOf } from "../api/apiError.ts";

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly isError: boolean;
}

const toasts = signal<readonly Toast[]>([]);
const shownMs = 6_000;
const toastsMax = 4;
let made = 0;

const add = (text: string, isError: boolean): void => {
  made += 1;
  const id = made;
  toasts.value = [...toasts.value, { id, text: text.slice(0, 500), isError }].slice(-toastsMax);
  // An error stays until it is closed.
  if (!isError) setTimeout(() => close(id), shownMs);
};

const close = (id: number): void => {
  toasts.value = toasts.value.filter((each) => each.id !== id);
};

/** Reports that an action has succeeded. */
export const toast = (text: string): void => add(text, false);

/** Reports a failed action, with its next step. */
export const toastError = (error: unknown): void => {
  // The form to sign in says it.
  if (error instanceof ApiError && error.status === 401) return;
  const next = error instanceof ApiError ? nextStep(error, { isRepeated: false }) : undefined;
  add([textOf(error), next].filter(Boolean).join(" "), true);
};

/** Messages about actions. A screen reader reads them. */
export const Toasts = () => (
  <div class="toasts" role="status" aria-live="polite">
    {toasts.value.map(({ id, text, isError }) => (
      <div key={id} class={`toast ${isError ? "error" : ""}`}>
        <span>{visible(text)}</span>
        <button type="button" class="link" onClick={() => close(id)}>
          Close
        </button>
      </div>
    ))}
  </div>
);
