import { topicBytesMax, topicSlashesMax } from "./limits.ts";

/** A publish straight to a rule. https://docs.aws.amazon.com/iot/latest/developerguide/iot-basic-ingest.html */
export interface BasicIngest {
  readonly rule: string;
  /** The part after the prefix. */
  readonly topic: string;
}

const basicIngestPattern = /^\$aws\/rules\/([^/]+)\/(.+)$/s;

/** Reads a basic-ingest topic; `undefined` for any other. */
export const basicIngest = (topic: string): BasicIngest | undefined => {
  const [, rule, rest] = basicIngestPattern.exec(topic) ?? [];
  return rule === undefined || rest === undefined ? undefined : { rule, topic: rest };
};

/** Why IoT Core does not take a topic or a filter of this length and depth; `undefined` when it does. */
export const topicProblem = (topic: string): string | undefined => {
  const counted = basicIngest(topic)?.topic ?? topic;
  if (Buffer.byteLength(counted) > topicBytesMax) return `longer than ${topicBytesMax} bytes`;
  if (counted.split("/").length - 1 > topicSlashesMax)
    return `more than ${topicSlashesMax} slashes`;
  return undefined;
};

/**
 * What a topic filter matches: `+` is one level, `#` is everything below. A filter that begins with a
 * wildcard matches no topic that begins with `$` [MQTT-4.7.2-1]. `a/#` does not match `a`: there IoT Core
 * differs from the standard.
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

/** Whether a filter is well formed: wildcards stand for whole levels and `#` only at the end [MQTT-4.7.1]. */
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
