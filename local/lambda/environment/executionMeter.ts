/** The concurrent executions, and their maximum since the last reading. */
export class ExecutionMeter {
  #running = 0;
  #peak = 0;

  start(): void {
    this.#running += 1;
    if (this.#running > this.#peak) this.#peak = this.#running;
  }

  end(): void {
    this.#running -= 1;
  }

  /** The maximum since the last call. It includes executions that started before. */
  takePeak(): number {
    const peak = this.#peak;
    this.#peak = this.#running;
    return peak;
  }
}
