import { topicBytesMax, topicSlashesMax } from "./limits.ts";

/**
 * A publish directly to a rule.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-basic-ingest.html
 */
export interface BasicIngest {
  readonly rule: string;
  /** The topic without the prefix. */
  readonly topic: string;
}

const basicIngestPattern = /^\$aws\/rules\/([^/]+)\/(.+)$/s;

/** Parses a basic-ingest topic; `undefined` for any other topic. */
export const basicIngest = (topic: string): BasicIngest | undefined => {
  const [, rule, rest] = basicIngestPattern.exec(topic) ?? [];
  return rule === undefined || rest === undefined ? undefined : { rule, topic: rest };
};

/**
 * The reason that IoT Core rejects a topic or filter for its length or depth; `undefined` when it
 * accepts it.
 */
export const topicProblem = (topic: string): string | undefined => {
  const counted = basicIngest(topic)?.topic ?? topic;
  if (Buffer.byteLength(counted) > topicBytesMax) return `longer than ${topicBytesMax} bytes`;
  if (counted.split("/").length - 1 > topicSlashesMax)
    return `more than ${topicSlashesMax} slashes`;
  return undefined;
};

/**
 * Returns a function that matches topics: `+` is one level, `#` is all levels below. A filter that
 * starts with a wildcard does not match topics that start with `$` [MQTT-4.7.2-1]. `a/#` does not
 * match `a`: IoT Core differs from the standard.
 * https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html#mqtt-differences
 */
export const topicMatcher = (filter: string): ((topic: string) => boolean) => {
  const levels = filter.split("/");
  const open = levels.at(-1) === "#";
  const fixed = open ? levels.slice(0, -1) : levels;
  const startsWild = filter.startsWith("+") || filter.startsWith("#");

  return (topic) => {
    if (startsWild && topic.startsWith("$")) return false;
    const parts = topic.split("/");
    if (open ? parts.length <= fixed.length : parts.length !== fixed.length) return false;
    return fixed.every((level, i) => level === "+" || level === parts[i]);
  };
};

/** Whether a filter is valid: wildcards are complete levels, and `#` is last [MQTT-4.7.1]. */
export const isFilter = (filter: string): boolean => {
  const levels = filter.split("/");
  return (
    filter !== "" &&
    levels.every((level, i) => {
      if (level === "+") return true;
      if (level === "#") return i === levels.length - 1;
      return !/[+#\0]/.test(level);
    })
  );
};
