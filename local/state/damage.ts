/** What is wrong in a state folder, in words that name the file. */
export interface Damage {
  /** Below the folder: a file, or the folder of a store. */
  readonly path: string;
  readonly what: string;
}
