import { connection } from "../api/connection.ts";
import { timeOfDay } from "./format.ts";

/** Says since when the data on the screen may be old, while the API does not answer. */
export const AsOf = () => (
  <div role="status" aria-live="polite">
    {connection.value.isLost && (
      <p class="banner">
        No connection to the API. The data on this page is{" "}
        <strong>as of {timeOfDay(connection.value.lastAnswerAt)}</strong>. The page continues by
        itself.
      </p>
    )}
  </div>
);
