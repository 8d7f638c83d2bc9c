import type { Chances } from "./chances.ts";
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
  readonly chance: Chances;
  readonly visibilityMs: number;
  /** After this number of receives a message becomes a dead letter. */
  readonly receivesMax?: number;
  readonly deadLetters?: Queue;
  /** The chance that a message is delivered twice, or again after its deletion. */
  readonly twice?: () => number;
  /** Called for messages that are sent, deleted, and delivered again. */
  readonly watch?: {
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
  const { name, time, chance, visibilityMs, receivesMax = Number.POSITIVE_INFINITY } = options;
  const { deadLetters, twice = () => 0, watch } = options;
  const stored = new Map<string, Stored>();
  const ready = new Map<string, Stored[]>();
  const underWay = new Map<string, number>();
  const idle: (() => void)[] = [];
  let count = 0;

  const show = (one: Stored): void => {
    if (one.state !== "hidden") return;
    one.state = "ready";
    const group = ready.get(one.group);
    if (group === undefined) ready.set(one.group, [one]);
    else group.push(one);
    idle.shift()?.();
  };
  const load = (group: string): number => underWay.get(group) ?? 0;
  const isBusy = (group: string, by: number): void => void underWay.set(group, load(group) + by);
  /** A message of the group with the fewest messages in flight. */
  const next = (): Stored | undefined => {
    const groups = [...ready.keys()];
    if (groups.length === 0) return undefined;
    const least = Math.min(...groups.map(load));
    const group = chance.of(groups.filter((one) => load(one) === least));
    const waiting = ready.get(group)!;
    const i = chance.int(0, waiting.length - 1);
    const [one] = waiting.splice(i, 1);
    if (waiting.length === 0) ready.delete(group);
    return one;
  };
  const forget = (one: Stored): void => {
    one.cancel();
    one.state = "removed";
    stored.delete(one.id);
  };
  /** Makes a message invisible and returns it, unless it has been received too often. */
  const handOut = (one: Stored): Stored | undefined => {
    one.receives += 1;
    if (one.receives > receivesMax && deadLetters !== undefined) {
      deadLetters.put(one.body, one.group);
      forget(one);
      watch?.out(one.body);
      return undefined;
    }
    if (one.receives > 1) watch?.again(one.body);
    one.state = "hidden";
    isBusy(one.group, 1);
    const hiddenMs = chance.is(twice()) ? chance.int(0, 5_000) : visibilityMs;
    one.cancel = time.at(time.now() + hiddenMs, () => {
      isBusy(one.group, -1);
      one.cancel = () => {};
      show(one);
    });
    return one;
  };

  return {
    put(body, group = "", delayMs = 0) {
      count += 1;
      const id = `${name}-${count}`;
      const one: Stored = { id, body, group, receives: 0, state: "hidden", cancel: () => {} };
      stored.set(one.id, one);
      watch?.in(body);
      if (delayMs === 0) show(one);
      else one.cancel = time.at(time.now() + delayMs, () => show(one));
    },

    async receive(max) {
      for (;;) {
        const batch: Stored[] = [];
        while (batch.length < max) {
          const one = next();
          if (one === undefined) break;
          const given = handOut(one);
          if (given !== undefined) batch.push(given);
        }
        if (batch.length > 0) return batch;
        await new Promise<void>((resolve) => idle.push(resolve));
      }
    },

    remove({ id }) {
      const one = stored.get(id);
      if (one === undefined || chance.is(twice() / 4)) return;
      if (one.state === "hidden") isBusy(one.group, -1);
      else removeReady(ready, one);
      forget(one);
      watch?.out(one.body);
    },

    size: () => stored.size,

    redrive(to) {
      const all = [...ready.values()].flat();
      ready.clear();
      for (const one of all) {
        to.put(one.body, one.group);
        forget(one);
        watch?.out(one.body);
      }
    },
  };
};

const removeReady = (ready: Map<string, Stored[]>, one: Stored): void => {
  const left = (ready.get(one.group) ?? []).filter((other) => other !== one);
  if (left.length === 0) ready.delete(one.group);
  else ready.set(one.group, left);
};
