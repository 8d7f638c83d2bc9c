/** From which addresses somebody gave the right secret of an account of late. */
export interface KnownPlaces {
  /** Whether the right secret of a subject came from this place within `knownPlaceDays`. */
  isKnown(subject: string, place: string, now: number): Promise<boolean>;
  /** Remembers it. Of a subject's places the newest `knownPlacesMax` are kept. */
  remember(subject: string, place: string, now: number): Promise<void>;
}
