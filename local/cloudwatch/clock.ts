/**
 * The time of CloudWatch: that of the machine, until it is advanced. Then it stays ahead by this
 * time, so that a test needs no hours.
 */
export class Clock {
  #offsetMs = 0;

  /** In ms since 1970. */
  now(): number {
    return Date.now() + this.#offsetMs;
  }

  /** How far it is ahead of the machine's clock. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** Moves it forward to a time. An earlier time changes nothing. */
  advanceTo(time: number): void {
    this.#offsetMs += Math.max(0, time - this.now());
  }
}
