import type { Loaded } from "../live/useLoaded.ts";
import { Problem } from "./problem.tsx";

/** Says that data is loading, or why it could not be loaded; nothing once it is there. */
export const LoadState = ({
  data,
  error,
  reload,
}: Pick<Loaded<unknown>, "data" | "error" | "reload">) => {
  if (error !== undefined) return <Problem error={error} onRetry={reload} />;
  return data === undefined ? <p class="muted">Loading…</p> : null;
};
