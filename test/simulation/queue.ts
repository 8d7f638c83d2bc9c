import type { Random } from "./random.ts";
import type { VirtualTime } from "./virtualTime.ts";

/** A received message. */
export interface Message {
  readonly id: string;
  readonly body: string;
  /** The number of receives. */
  readonly receives: number;
}

/**
 * A queue with the properties of SQS: at-least-once delivery, no order, fairness between groups.
 */
export interface Queue {
  /** Sends a message, which becomes visible after a delay. */
  put(body: string, group?: string, delayMs?: number): void;
  /** Waits for messages. Received messages are invisible for the visibility timeout. */
  receive(max: number): Promise<Message[]>;
  remove(message: Message): void;
  /** The number of messages, visible or not. */
  readonly size: () => number;
  /** Moves all visible messages to another queue, like an operator's redrive of dead letters. */
  redrive(to: Queue): void;
}

interface Options {
  readonly name: string;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly visibilityMs: number;
  /** After this number of receives a message becomes a dead letter. */
  readonly receivesMax?: number;
  readonly deadLetters?: Queue;
  /** The probability that a message is delivered twice, or again after its deletion. */
  readonly duplicateProbability?: () => number;
  /** Called for messages that are sent, deleted, and delivered again. */
  readonly observer?: {
    in(body: string): void;
    out(body: string): void;
    again(body: string): void;
  };
}

interface Stored {
  readonly id: string;
  readonly body: string;
  readonly group: string;
  receives: number;
  state: "hidden" | "ready" | "removed";
  /** Cancels the visibility timeout. */
  cancel: () => void;
}

export const simulatedQueue = (options: Options): Queue => {
  const { name, time, random, visibilityMs, receivesMax = Number.POSITIVE_INFINITY } = options;
  const { deadLetters, duplicateProbability = () => 0, observer } = options;
  const stored = new Map<string, Stored>();
  const ready = new Map<string, Stored[]>();
  const inFlight = new Map<string, number>();
  const idle: (() => void)[] = [];
  let count = 0;

  const makeVisible = (one: Stored): void => {
    if (one.state !== "hidden") return;
    one.state = "ready";
    const group = ready.get(one.group);
    if (group === undefined) ready.set(one.group, [one]);
    else group.push(one);
    idle.shift()?.();
  };
  const load = (group: string): number => inFlight.get(group) ?? 0;
  const addLoad = (group: string, by: number): void => void inFlight.set(group, load(group) + by);
  /** A message of the group with the fewest messages in flight. */
  const next = (): Stored | undefined => {
    const groups = [...ready.keys()];
    if (groups.length === 0) return undefined;
    const least = Math.min(...groups.map(load));
    const group = random.pick(groups.filter((one) => load(one) === least));
    const waiting = ready.get(group)!;
    const i = random.int(0, waiting.length - 1);
    const [one] = waiting.splice(i, 1);
    if (waiting.length === 0) ready.delete(group);
    return one;
  };
  const deleteMessage = (one: Stored): void => {
    one.cancel();
    one.state = "removed";
    stored.delete(one.id);
  };
  /** Makes a message invisible and returns it, unless it has been received too often. */
  const deliver = (one: Stored): Stored | undefined => {
    one.receives += 1;
    if (one.receives > receivesMax && deadLetters !== undefined) {
      deadLetters.put(one.body, one.group);
      deleteMessage(one);
      observer?.out(one.body);
      return undefined;
    }
    if (one.receives > 1) observer?.again(one.body);
    one.state = "hidden";
    addLoad(one.group, 1);
    const hiddenMs = random.bool(duplicateProbability()) ? random.int(0, 5_000) : visibilityMs;
    one.cancel = time.at(time.now() + hiddenMs, () => {
      addLoad(one.group, -1);
      one.cancel = () => {};
      makeVisible(one);
    });
    return one;
  };

  return {
    put(body, group = "", delayMs = 0) {
      count += 1;
      const id = `${name}-${count}`;
      const one: Stored = { id, body, group, receives: 0, state: "hidden", cancel: () => {} };
      stored.set(one.id, one);
      observer?.in(body);
      if (delayMs === 0) makeVisible(one);
      else one.cancel = time.at(time.now() + delayMs, () => makeVisible(one));
    },

    async receive(max) {
      for (;;) {
        const batch: Stored[] = [];
        while (batch.length < max) {
          const one = next();
          if (one === undefined) break;
          const received = deliver(one);
          if (received !== undefined) batch.push(received);
        }
        if (batch.length > 0) return batch;
        await new Promise<void>((resolve) => idle.push(resolve));
      }
    },

    remove({ id }) {
      const one = stored.get(id);
      if (one === undefined || random.bool(duplicateProbability() / 4)) return;
      if (one.state === "hidden") addLoad(one.group, -1);
      else removeReady(ready, one);
      deleteMessage(one);
      observer?.out(one.body);
    },

    size: () => stored.size,

    redrive(to) {
      const all = [...ready.values()].flat();
      ready.clear();
      for (const one of all) {
        to.put(one.body, one.group);
        deleteMessage(one);
        observer?.out(one.body);
      }
    },
  };
};

const removeReady = (ready: Map<string, Stored[]>, one: Stored): void => {
  const left = (ready.get(one.group) ?? []).filter((other) => other !== one);
  if (left.length === 0) ready.delete(one.group);
  else ready.set(one.group, left);
};
