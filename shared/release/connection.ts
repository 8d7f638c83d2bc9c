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

/** Whether two connections are known to be in different regions. */
export const isOtherRegion = (one: string, other: string): boolean => {
  const [a, b] = [regionOf(one), regionOf(other)];
  return a !== undefined && b !== undefined && a !== b;
};

const regionOf = (connection: string): string | undefined => {
  const [region, ...rest] = connection.split(" ");
  return rest.length === 0 ? undefined : region;
};
