/**
 * `taken`: it is ours to deliver. `busy`: another worker has it. `done`: its deliveries were queued by this very message.
 * `seen`: by another one.
 */
export type Claim = "taken" | "busy" | "done" | "seen";

/** Which identified events were delivered within `seenHours`. */
export interface SeenEvents {
  /**
   * Takes the event for a message until `now` + `seenLeaseSeconds`, unless it is known. The same message
   * takes it again at once: who had it before is gone, or the queue would not have given it out.
   */
  claim(eventId: string, message: string, now: number): Promise<Claim>;
  /** Its deliveries are queued, by this message: a repeat is to be acknowledged only. */
  confirm(eventId: string, message: string, now: number): Promise<void>;
}
