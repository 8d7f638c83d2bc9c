import { Failure } from "../../platform/failure.ts";
import type { Post } from "../../target/target.ts";
import type { Means } from "../kind/kind.ts";
import { furtherRequestMs } from "./limits.ts";

/** The requests of one attempt: none begins later than `furtherRequestMs` after it did. */
export const askInTime = (post: Post, now: () => number): Means["ask"] => {
  const begun = now();
  return (request) => {
    if (now() - begun <= furtherRequestMs) return post(request);
    throw new Failure("it took too long to ask for more", { code: "target_unavailable" });
  };
};
