/** A first-in, first-out list whose operations take constant time. */
export class Fifo<Value> {
  #values: (Value | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#values.length - this.#head;
  }

  first(): Value | undefined {
    return this.#values[this.#head];
  }

  push(value: Value): void {
    this.#values.push(value);
  }

  shift(): Value | undefined {
    const value = this.#values[this.#head];
    if (this.#head >= this.#values.length) return undefined;
    this.#values[this.#head] = undefined;
    this.#head += 1;
    // Copies the rest when the empty half is larger.
    if (this.#head > 64 && this.#head * 2 > this.#values.length) {
      this.#values = this.#values.slice(this.#head);
      this.#head = 0;
    }
    return value;
  }

  values(): Value[] {
    return this.#values.slice(this.#head).filter((value) => value !== undefined);
  }
}
