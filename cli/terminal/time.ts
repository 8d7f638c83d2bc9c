/**
 * A time (ISO 8601 or milliseconds since 1970) as the local date and time; `-` if there is none.
 */
export const localTime = (at: string | number | null | undefined): string => {
  if (at === null || at === undefined) return "-";
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return String(at);
  const two = (part: number): string => String(part).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${clockTime(at)}`;
};

/** A time as the local time of day, in seconds. */
export const clockTime = (at: string | number): string => {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return String(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
};

const units = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
  ["s", 1],
] as const;

/** A duration in seconds in its two largest units: `3 h 12 min`. */
export const duration = (seconds: number): string => {
  let left = Math.max(0, Math.round(seconds));
  const parts: string[] = [];
  for (const [name, size] of units) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count} ${name}`);
  }
  return parts.length === 0 ? "0 s" : parts.slice(0, 2).join(" ");
};
