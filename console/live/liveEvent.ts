/** An event of the fleet, as the stream shows it. Every text of it may be hostile. */
export interface LiveEvent {
  /** Increases by one with each event of the page. */
  readonly number: number;
  readonly name: string;
  readonly data: string;
  readonly device: string;
  readonly publishedAt: string;
}
