import { reasonCharsMax } from "../limits.ts";
import type { UpdateFailure } from "./updateFailure.ts";

/** The state of an update, as the cloud gets it. */
export type UpdateReport = { readonly release: string } & (
  | { readonly state: "accepted" | "verified" | "restarting" | "confirmed" }
  | { readonly state: "downloading"; readonly offset: number }
  | { readonly state: "deferred"; readonly until?: number; readonly reason?: string }
  | { readonly state: "vetoed"; readonly reason?: string }
  | { readonly state: "unavailable"; readonly status?: number }
  | { readonly state: "failed"; readonly error: string; readonly message?: string }
);

/** The report of a failed update. */
export const failureReport = (
  release: string,
  { code, message }: Pick<UpdateFailure, "code" | "message">,
): UpdateReport => ({
  release,
  state: "failed",
  error: code,
  message: message.slice(0, reasonCharsMax),
});
