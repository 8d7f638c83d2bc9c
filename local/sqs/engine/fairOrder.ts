import { Fifo } from "./fifo.ts";
import type { Message } from "./message.ts";

/*
 * A group is noisy when it has more than a tenth of the messages in flight and at least 30, or more
 * than a tenth of the recent processing time. Here, this is the time in flight, at least a second;
 * that of messages that are no longer in flight decreases with time:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues-detailed.html
 */
const noisyFraction = 0.1;
const noisyMessagesMin = 30;
const noisyMsMin = 1_000;
/** Time in which the recent processing time decreases to 1/e. */
const recentMs = 5_000;
/** Groups whose recent processing time is known. */
const recentGroupsMax = 1_000;
/** Number of removed messages up to which they stay in the lists. */
const removedMessagesMax = 1_000;

/** Processing time of messages that are no longer in flight. */
interface Recent {
  ms: number;
  at: number;
}

interface Group {
  readonly name: string | undefined;
  waiting: Fifo<Message>;
  inFlight: number;
  /** Sum of the receive times of the messages in flight. */
  receivedAtSum: number;
  /** Whether the group is in the list of noisy groups. */
  isNoisy: boolean;
  readonly recent: Recent;
}

/**
 * The waiting messages of a queue, in the order in which they are received: in order of arrival,
 * but messages of noisy groups after the others, as in the fair queues of SQS, and among noisy
 * groups first the one with the fewest messages in flight. Messages without a group are never
 * noisy. An operation takes O(log g) for g groups with waiting messages, and O(n) for n noisy ones.
 */
export class FairOrder {
  readonly #groups = new Map<string | undefined, Group>();
  /** Groups with waiting messages that are not noisy, as a binary heap by their first message. */
  readonly #quiet: Group[] = [];
  readonly #noisy = new Set<Group>();
  #order = 0;
  /** Messages in the lists, and how many of them are deleted. */
  #listed = 0;
  #removed = 0;
  #inFlight = 0;
  #receivedAtSum = 0;
  readonly #recent: Recent = { ms: 0, at: 0 };
  /** By group, the latest last. */
  readonly #recents = new Map<string, Recent>();

  /** Number of messages in memory: the waiting ones, and some deleted ones. */
  get size(): number {
    return this.#listed;
  }

  /** Appends a message. */
  push(message: Message): void {
    const group = this.#groupOf(message.group);
    this.#order += 1;
    message.order = this.#order;
    group.waiting.push(message);
    this.#listed += 1;
    if (group.waiting.size > 1) return;
    if (group.isNoisy) this.#noisy.add(group);
    else this.#pushQuiet(group);
  }

  /**
   * A waiting message is deleted: its place is no longer `waiting`. It leaves the lists later,
   * together with others.
   */
  remove(): void {
    this.#removed += 1;
    if (this.#removed > removedMessagesMax && this.#removed * 2 > this.#listed) this.#rebuild();
  }

  #rebuild(): void {
    this.#quiet.length = 0;
    this.#noisy.clear();
    this.#listed = 0;
    this.#removed = 0;
    for (const group of this.#groups.values()) {
      const messages = group.waiting.values().filter(({ place }) => place === "waiting");
      group.waiting = new Fifo();
      group.isNoisy = false;
      for (const message of messages) group.waiting.push(message);
      this.#listed += messages.length;
      if (messages.length > 0) this.#pushQuiet(group);
      else this.#forgetIfUnused(group);
    }
  }

  /** Removes the next message. `now` is the current time in milliseconds. */
  shift(now: number): Message | undefined {
    for (;;) {
      const group = this.#nextGroup(now);
      if (group === undefined) return undefined;
      const message = group.waiting.shift();
      this.#listed -= 1;
      this.#reinsert(group);
      if (message?.place === "waiting") return message;
      this.#removed -= 1;
    }
  }

  /** A message is in flight from now on: `receivedAt` is set. */
  startFlight({ group: name, receivedAt = 0 }: Message): void {
    const group = this.#groupOf(name);
    group.inFlight += 1;
    group.receivedAtSum += receivedAt;
    this.#inFlight += 1;
    this.#receivedAtSum += receivedAt;
  }

  /** A message is no longer in flight. `now` is the current time in milliseconds. */
  endFlight({ group: name, receivedAt = 0 }: Message, now: number): void {
    const group = this.#groups.get(name);
    if (group === undefined) return;
    for (const recent of [this.#recent, group.recent]) {
      recent.ms = msOf(recent, now) + Math.max(0, now - receivedAt);
      recent.at = now;
    }
    if (name !== undefined) this.#remember(name, group.recent);
    group.inFlight -= 1;
    group.receivedAtSum -= receivedAt;
    this.#inFlight -= 1;
    this.#receivedAtSum -= receivedAt;
    this.#forgetIfUnused(group);
  }

  #groupOf(name: string | undefined): Group {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const group = {
      name,
      waiting: new Fifo<Message>(),
      inFlight: 0,
      receivedAtSum: 0,
      isNoisy: false,
      recent: (name !== undefined && this.#recents.get(name)) || { ms: 0, at: 0 },
    };
    this.#groups.set(name, group);
    return group;
  }

  #remember(name: string, recent: Recent): void {
    this.#recents.delete(name);
    this.#recents.set(name, recent);
    if (this.#recents.size <= recentGroupsMax) return;
    for (const oldest of this.#recents.keys()) {
      this.#recents.delete(oldest);
      return;
    }
  }

  #forgetIfUnused(group: Group): void {
    if (group.inFlight > 0 || group.waiting.size > 0) return;
    this.#noisy.delete(group);
    this.#groups.delete(group.name);
  }

  /** The group of the next message. Moves groups whose state has changed. */
  #nextGroup(now: number): Group | undefined {
    for (const group of this.#noisy) {
      if (this.#isNoisy(group, now)) continue;
      group.isNoisy = false;
      this.#noisy.delete(group);
      this.#pushQuiet(group);
    }
    for (;;) {
      const [group] = this.#quiet;
      if (group === undefined) break;
      if (!this.#isNoisy(group, now)) return group;
      this.#popQuiet();
      group.isNoisy = true;
      this.#noisy.add(group);
    }
    let first: Group | undefined;
    for (const group of this.#noisy) {
      if (first === undefined || isBefore(group, first)) first = group;
    }
    return first;
  }

  #isNoisy({ name, inFlight, receivedAtSum, recent }: Group, now: number): boolean {
    if (name === undefined) return false;
    if (inFlight >= noisyMessagesMin && inFlight > this.#inFlight * noisyFraction) return true;
    const ms = inFlight * now - receivedAtSum + msOf(recent, now);
    const all = this.#inFlight * now - this.#receivedAtSum + msOf(this.#recent, now);
    return ms >= noisyMsMin && ms > all * noisyFraction;
  }

  /** Restores the order after the first message of a group has left. */
  #reinsert(group: Group): void {
    if (group.isNoisy) {
      if (group.waiting.size > 0) return;
      this.#noisy.delete(group);
      group.isNoisy = false;
    } else if (group.waiting.size > 0) {
      // The group is the first of the heap and has a later message now.
      this.#siftDown(0);
      return;
    } else this.#popQuiet();
    this.#forgetIfUnused(group);
  }

  #pushQuiet(group: Group): void {
    const heap = this.#quiet;
    heap.push(group);
    let index = heap.length - 1;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || orderOf(parent) <= orderOf(group)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = group;
  }

  #popQuiet(): void {
    const last = this.#quiet.pop();
    if (last === undefined || this.#quiet.length === 0) return;
    this.#quiet[0] = last;
    this.#siftDown(0);
  }

  #siftDown(start: number): void {
    const heap = this.#quiet;
    const group = heap[start];
    if (group === undefined) return;
    let index = start;
    for (;;) {
      let childIndex = 2 * index + 1;
      const right = heap[childIndex + 1];
      let child = heap[childIndex];
      if (child !== undefined && right !== undefined && orderOf(right) < orderOf(child)) {
        child = right;
        childIndex += 1;
      }
      if (child === undefined || orderOf(child) >= orderOf(group)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = group;
  }
}

const msOf = ({ ms, at }: Recent, now: number): number =>
  ms === 0 ? 0 : ms * Math.exp((at - now) / recentMs);

const orderOf = ({ waiting }: Group): number => waiting.first()?.order ?? Number.POSITIVE_INFINITY;

/** Whether a noisy group is received before another one. */
const isBefore = (one: Group, other: Group): boolean =>
  one.inFlight === other.inFlight ? orderOf(one) < orderOf(other) : one.inFlight < other.inFlight;
