import type { Session } from "../presence/session.ts";

/**
 * Identifies the connection of a session, for "once per connection": the broker's session
 * identifier, or the time of the connect before it is known.
 */
export const connectionOf = ({
  region,
  id,
  version,
  since,
}: Pick<Session, "region" | "id" | "version" | "since">): string =>
  `${region} ${id ?? since} ${version ?? 0}`;
