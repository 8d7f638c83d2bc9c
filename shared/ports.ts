import type { ApiUser } from "./account/apiUser.ts";
import type { GuessBound } from "./account/guessBound.ts";
import type { KnownPlaces } from "./account/knownPlaces.ts";
import type { OAuthClient, OAuthClientOwner } from "./account/oauthClient.ts";
import type { Product } from "./account/product.ts";
import type { Token } from "./account/token.ts";
import type { TokenFamilies } from "./account/tokenFamilies.ts";
import type { User } from "./account/user.ts";
import type { Admission } from "./device/certificate.ts";
import type { Device } from "./device/device.ts";
import type { Healing } from "./device/healing.ts";
import type { Heard } from "./device/heard.ts";
import type { Rhythm } from "./device/rhythm.ts";
import type { Session } from "./device/session.ts";
import type { ArchiveSetting, ToArchive } from "./event/archived.ts";
import type { ReceivedEvent } from "./event/deviceEvent.ts";
import type { DeadLetter, DeadLetterKey } from "./integration/deadLetter.ts";
import type { Delivery } from "./integration/delivery.ts";
import type { Integration } from "./integration/integration.ts";
import type { Job, JobName } from "./integration/job.ts";
import type { Outlet } from "./integration/outlet.ts";
import type { TargetReply, TargetRequest } from "./integration/target.ts";
import type { Trouble } from "./integration/trouble.ts";
import type { Attempt } from "./ledger/attempt.ts";
import type { Counts } from "./ledger/counts.ts";
import type { Entry } from "./ledger/entry.ts";
import type { OpenSlice } from "./ledger/openSlice.ts";
import type { Record } from "./ledger/record.ts";
import type { Tally } from "./ledger/tally.ts";

/** Who may use the API. */
export interface Accounts extends TokenFamilies {
  findUser(username: string): Promise<User | undefined>;
  /** The user who has a name or has left it: nobody else gets it. Their `username` is the one that they have now. */
  findOwner(name: string): Promise<User | undefined>;
  /** Fails with `already_exists` unless `replace` is set. */
  addUser(user: User, options: { replace: boolean }): Promise<void>;
  /**
   * Changes what is given, and nothing else. With `proven`, only while that is the hash of their password. Fails with `not_found`, and
   * with `conflict` when they have left the name or the password is another one.
   */
  changeUser(
    username: string,
    change: Partial<
      Pick<
        User,
        | "passwordHash"
        | "accountInfo"
        | "sessionsFrom"
        | "sessionGeneration"
        | "tokenGeneration"
        | "disabled"
        | "removed"
        | "resetToken"
        | "addressToken"
      >
    >,
    proven?: Pick<User, "passwordHash">,
  ): Promise<void>;
  /** Like `findOwner`, and also finds a user who is removed. */
  findHolder(name: string): Promise<User | undefined>;
  /**
   * Gives a user another name, and all that is theirs with them. The former name stays theirs: nobody else gets it. A change of
   * the user at the same time is kept or fails. Repeat it with the same two names when it died on the way. Fails with
   * `already_exists`, and with `conflict` when the user has left the name for another one.
   */
  renameUser(user: Pick<User, "username" | "fleet">, to: string): Promise<void>;
  findToken(hash: string): Promise<Token | undefined>;
  addToken(token: Token): Promise<void>;
  /** Removes a token and, unless `keepFamily` is set, its family of refresh tokens. Answers whether there was one. */
  removeToken(hash: string, options?: { keepFamily: boolean }): Promise<boolean>;
  /** Those that hold or held, up to `tokensListedMax`. A new one may be missing for a moment. */
  listTokens(username: string): Promise<Token[]>;
  /**
   * Removes a user's tokens and families of refresh tokens, or those that a client got, or the access tokens of one family. A new one
   * may be missed for a moment.
   */
  removeTokens(
    username: string,
    which?: { readonly client: string } | { readonly family: string },
  ): Promise<void>;
  /** One that is being removed, or was, only with `removed`. */
  findProduct(id: number, which?: { removed: boolean }): Promise<Product | undefined>;
  /** Fails with `already_exists` when the number is taken. */
  addProduct(product: Product): Promise<void>;
  /** The products of a user, up to `productsPerUserMax`. A new one may be missing for a moment. */
  listProducts(owner: string): Promise<Product[]>;
}

/** The OAuth clients of users and of products. */
export interface OAuthClients {
  find(id: string): Promise<OAuthClient | undefined>;
  /** Up to `oauthClientsMax`. A new one may be missing for a moment. */
  list(owner: OAuthClientOwner): Promise<OAuthClient[]>;
  add(client: OAuthClient): Promise<void>;
  /** Changes what is given, and nothing else. Fails with `not_found`. */
  change(id: string, change: Partial<Pick<OAuthClient, "name" | "scopes">>): Promise<void>;
  remove(id: string): Promise<void>;
}

/** The API users of products. */
export interface ApiUsers {
  find(username: string): Promise<ApiUser | undefined>;
  /** Up to `apiUsersPerProductMax`. A new one may be missing for a moment. */
  list(product: number): Promise<ApiUser[]>;
  put(apiUser: ApiUser): Promise<void>;
  remove(username: string): Promise<void>;
}

/** How often somebody guessed a secret of late, counted before it is known whether they were right. */
export interface Guesses extends KnownPlaces {
  /**
   * Counts a guess. Answers how many seconds to wait when it is one too many, which is then not counted; 0
   * when it may be made. The bound's `max` are let through within `guessesWindowSeconds`, then one in its
   * `slowSeconds`, however many come at once. A subject always has the same bound.
   */
  take(subject: string, now: number, bound: GuessBound): Promise<number>;
  /** Takes one guess off: it was right, or was not made. */
  giveBack(subject: string): Promise<void>;
  /** Forgets them all. */
  clear(subject: string): Promise<void>;
}

/** Which devices there are. */
export interface Devices {
  find(id: string): Promise<Device | undefined>;
  /** By name, in capital or small letters. A device that was just named may not be found for a moment. */
  findByName(fleet: string, name: string): Promise<Device | undefined>;
  /** The first `max` devices of a fleet, by name. A change may be missing for a moment. */
  list(fleet: string, max: number): Promise<Device[]>;
  /** Devices of all fleets, in no order that means anything. Where the next page begins, unless it was the last. */
  page(page: {
    limit: number;
    after?: string;
  }): Promise<{ devices: readonly Device[]; next?: string }>;
  /** Fails with `already_exists`. */
  add(device: Device): Promise<void>;
  /**
   * Writes `after` over `before`, with the next revision, and returns the written row. Fails with `conflict` unless the
   * stored row has the fleet and the revision of `before`.
   */
  replace(after: Device, before: Pick<Device, "fleet" | "revision">): Promise<Device>;
}

/** What is known of devices' connections: a row for each device and region. */
export interface Sessions {
  /** The session of this region, as it is now. */
  find(device: string): Promise<Session | undefined>;
  /** Those of all regions, as of a moment ago. */
  list(devices: readonly string[]): Promise<Session[]>;
  /** Those of this region, as of a moment ago. */
  listHere(devices: readonly string[]): Promise<Session[]>;
  /** Of this region. Answers `false` when it is not the next revision: somebody else wrote it. */
  put(session: Session): Promise<boolean>;
}

/** Since when the sessions of this region are whole, kept beside them: it is lost when they are. */
export interface Epochs {
  /** As of a moment ago. `undefined` when it is not there. */
  find(): Promise<number | undefined>;
  /** Begins one unless there is one. Answers the one in force. */
  begin(now: number): Promise<number>;
}

/** How far the sweep of a region's sessions is: where a round goes on, unless it is over, and when it began. */
export interface SweepPlace {
  readonly roundAt: number;
  readonly after?: string;
}

/** Where the sweep of this region's sessions is, kept beside them: when they are lost, it begins anew. */
export interface Sweeps {
  find(): Promise<SweepPlace | undefined>;
  put(place: SweepPlace): Promise<void>;
}

/** What is being learned in several runs, because there are too many devices for one: from which objects, and which shard is next. */
export interface RhythmRound {
  readonly keys: readonly string[];
  readonly shard: number;
}

/** The rhythms of devices that were heard in this region. One writer at a time. */
export interface Rhythms {
  /** The round that is under way, if one is. */
  round(): Promise<RhythmRound | undefined>;
  putRound(round: RhythmRound | undefined): Promise<void>;
  read(shard: number): Promise<Rhythm[]>;
  write(shard: number, rhythms: readonly Rhythm[]): Promise<void>;
}

/** A page of what was healed, newest first, and where the next one begins. */
export interface HealingPage {
  readonly healings: readonly Healing[];
  readonly next?: string;
}

/** What was healed within `healingDays`, in every region. */
export interface Healings {
  /** The same again changes nothing. */
  add(healing: Healing): Promise<void>;
  ofDevice(device: string, page: { limit: number; after?: string }): Promise<HealingPage>;
  ofFleet(fleet: string, page: { limit: number; after?: string }): Promise<HealingPage>;
}

/**
 * `unconfirmed`: it was sent, and the device did not say in time that it came. `unreachable`: nobody was there to
 * send it, and it was not sent.
 */
export type Sent = "confirmed" | "unconfirmed" | "offline" | "unreachable";

/** The way to the devices of one region. */
export interface DeviceLink {
  readonly region: string;
  /** Sends a message to one device, once, whatever happens. Waits `callConfirmSeconds` at most. */
  send(device: string, topic: string, payload: Uint8Array): Promise<Sent>;
  presence(device: string): Promise<Presence>;
  /** What a device answered to a call: JSON text as it came. `undefined` when there is nothing yet. */
  reply(device: string, call: string): Promise<string | undefined>;
  /** Closes a device's connection, if there is one. */
  disconnect(device: string): Promise<void>;
}

/** All that a fleet's events go to, beside live subscribers. */
export interface Outlets<One extends Outlet = Integration> {
  readonly integrations: readonly One[];
  /** Those whose row, or secret, could not be read, by id: the others do not wait for them. */
  readonly unreadable: ReadonlyMap<string, Error>;
  /** Until when its events are kept for streams that are resumed, in whatever region; 0 if nobody listens. */
  readonly listenedUntil: number;
  /** What this region knows of those integrations whose attempts fail, or did. */
  readonly troubles: readonly Trouble[];
  /** Whether its events are archived; absent where nobody has said. */
  readonly archive?: ArchiveSetting | undefined;
}

/** Where events go. */
export interface Integrations {
  /** All integrations of a fleet as they are now, not as they were, whether somebody listens, and what fails. */
  outlets(fleet: string): Promise<Outlets>;
  find(fleet: string, id: string): Promise<Integration | undefined>;
  add(integration: Integration): Promise<void>;
  /** Puts it in the place of the one with its id. Answers `false` when it is not the next revision: somebody else wrote or removed it. */
  replace(integration: Integration): Promise<boolean>;
  /** Answers whether there was one. */
  remove(fleet: string, id: string): Promise<boolean>;
  /** Disables it for a reason. Answers `false` when it was, is not there, or is being changed by its owner. */
  disable(fleet: string, id: string, reason: string): Promise<boolean>;
}

/** What is known of integrations whose attempts fail, in this region. */
export interface Troubles {
  /** Answers `false` when it is not the next revision: another worker wrote it. */
  put(fleet: string, trouble: Trouble): Promise<boolean>;
}

/** A fleet's integrations as a worker knows them, all of one moment. */
export interface FleetIntegrations<One extends Outlet = Integration> {
  readonly known: readonly One[];
  /** The ids of those that cannot be read, and that the worker never could: which events they match is not known. */
  readonly unread: readonly string[];
}

/** The integrations of a fleet, from memory where that is fresh enough. */
export interface KnownIntegrations<One extends Outlet = Integration> {
  ofFleet(fleet: string): Promise<FleetIntegrations<One>>;
  listenedUntil(fleet: string): Promise<number>;
  archiveOf(fleet: string): Promise<ArchiveSetting | undefined>;
  /**
   * One of them. What memory does not know is asked for: `undefined` means that it is not there, `unreadable` that it
   * is and cannot be read now.
   */
  find(fleet: string, id: string): Promise<One | "unreadable" | undefined>;
  /** What is known of one whose attempts fail; `undefined`, nearly always, when there is nothing. */
  troubleOf(fleet: string, id: string): Promise<Trouble | undefined>;
}

/** Seals secrets that are to be stored. */
export interface Secrets {
  /** What is sealed for one context cannot be opened for another. */
  seal(text: string, context: string): Promise<string>;
  /** Fails with `unavailable` while no key can be had. */
  open(sealed: string, context: string): Promise<string>;
  /**
   * The same secret, so that every region can open it by itself: some could not be asked when it was sealed, or were added
   * later. Returns `undefined` when it lacks none, and while those that it lacks cannot be asked. Never fails.
   */
  complete(sealed: string): Promise<string | undefined>;
}

/** The queue of deliveries. */
export interface Deliveries {
  /** Queues each delivery for its `notBefore`, counted from `now`. Answers why, for the id of each that the queue did not take. */
  send(deliveries: readonly Delivery[], now: number): Promise<ReadonlyMap<string, Error>>;
}

/** A delivery that waits, as text, under a key that means something to the table alone. */
export interface Waiting {
  readonly key: string;
  readonly body: string;
}

/** Deliveries that are due too far ahead for the queue to wait for them, in this region. */
export interface WaitingDeliveries {
  /** Keeps it until its `notBefore`. Once more changes nothing. */
  keep(delivery: Delivery): Promise<void>;
  /** A page of a shard's that are due before a time, in milliseconds since 1970, the most urgent first. */
  due(
    shard: number,
    page: { before: number; limit: number; after?: string },
  ): Promise<{ waiting: readonly Waiting[]; next?: string }>;
  /** Those that are not there any more count as removed. Fails unless all are. */
  remove(shard: number, keys: readonly string[]): Promise<void>;
}

/** Where messages wait that no function can read. */
export interface Unreadable {
  put(body: string): Promise<void>;
}

/** A page of dead letters, and where the next one begins. */
export interface DeadLetterPage {
  readonly deadLetters: readonly DeadLetter[];
  /** How many more there are here that cannot be read; nothing when there is none. */
  readonly unreadable?: number;
  readonly next?: string;
}

/** Which dead letters to look at, and from where. */
export interface DeadLetterQuery {
  readonly limit: number;
  /** The `next` of the page before. */
  readonly after?: string | undefined;
  readonly order?: "newest first" | "oldest first";
  /** Those that were buried from then on, and before then; in milliseconds since 1970. */
  readonly from?: number | undefined;
  readonly before?: number | undefined;
}

/** Deliveries that were given up. */
export interface DeadLetters {
  /** Burying the same delivery again with the same time changes nothing. */
  bury(deadLetter: DeadLetter): Promise<void>;
  list(integration: string, query: DeadLetterQuery): Promise<DeadLetterPage>;
  /** Those of an integration that are not there any more count as removed. Fails unless all are. */
  remove(integration: string, keys: readonly DeadLetterKey[]): Promise<void>;
}

/** Replays and backfills: each belongs to the region where it was asked for, which alone works at it. */
export interface Jobs {
  /** Those of a fleet, of all regions. */
  list(fleet: string): Promise<Job[]>;
  add(job: Job): Promise<void>;
  /** One of this region, as it is now. */
  find(fleet: string, id: string): Promise<Job | undefined>;
  /** Of this region. Answers `false` when it is not the next revision: somebody else works at it. */
  put(job: Job): Promise<boolean>;
  /** Says that it is to end, in whatever region it is. */
  stop(fleet: string, id: string): Promise<void>;
  /** Whether somebody has said so. */
  isToStop(fleet: string, id: string): Promise<boolean>;
}

/** The queue that drives jobs: a message for each. */
export interface JobQueue {
  send(job: JobName): Promise<void>;
}

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

/** Whether the broker holds a connection of a device, and since when (milliseconds since 1970). */
export interface Presence {
  readonly connected: boolean;
  readonly since?: number;
}

/** The MQTT broker of this region. */
export interface Broker {
  publish(topic: string, payload: Uint8Array): Promise<void>;
}

/** A part of this region that its users and devices cannot do without. */
export interface Vital {
  readonly name: string;
  /** Resolves when it answers, whatever it says. */
  ask(): Promise<void>;
}

/** A message that the broker passed on while somebody listened. */
export interface LiveMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
}

/** Filters that the broker has granted. */
export interface Subscription {
  /** Asks the broker whether it is there. */
  ask(): void;
  close(): Promise<void>;
}

/** A subscription to live events. */
export interface LiveEvents {
  /**
   * Resolves when the broker has granted all filters. `end` is called once if the broker goes away. `alive`
   * says that the broker has answered what it was asked at a time: what came before, it has passed on.
   */
  subscribe(
    filters: readonly string[],
    on: {
      message: (message: LiveMessage) => void;
      alive?: (at: number) => void;
      end: (error?: Error) => void;
    },
  ): Promise<Subscription>;
}

/** Since when and until when a fleet counts as listened to without a break, in milliseconds since 1970. */
export interface Listening {
  readonly since: number;
  readonly until: number;
}

/** Which fleets have listeners in this region. */
export interface Listeners {
  find(fleet: string): Promise<Listening | undefined>;
  /** Begins at `now`, or goes on with what is not over at `now`. */
  listen(fleet: string, now: number, until: number): Promise<Listening>;
}

/** An event of a fleet, as the queue gave it out. */
export interface FleetEvent {
  readonly fleet: string;
  readonly received: ReceivedEvent;
}

/** The events of the last minutes of fleets that are listened to, in this region. */
export interface RecentEvents {
  /** Keeps each for `recentEventsMs` from its receipt. Once more changes nothing. Fails unless all are kept. */
  keep(events: readonly FleetEvent[]): Promise<void>;
  /** A page of what a fleet's devices and users published from one time to another, oldest first. */
  list(
    fleet: string,
    page: { from: number; until: number; after?: string },
  ): Promise<{ events: readonly ReceivedEvent[]; next?: string }>;
}

/** The events of one region: those that come, and those of the last minutes. */
export interface RegionEvents {
  readonly liveEvents: LiveEvents;
  readonly recentEvents: Pick<RecentEvents, "list">;
}

/** Which fleets' events are archived. */
export interface ArchiveSettings {
  find(fleet: string): Promise<ArchiveSetting | undefined>;
  put(fleet: string, setting: ArchiveSetting): Promise<void>;
}

/** The queue of events on their way into the archive of this region. */
export interface ArchiveQueue {
  /** Answers why, for the index of each that the queue did not take. */
  send(events: readonly ToArchive[]): Promise<ReadonlyMap<number, Error>>;
}

/** What was written at once: events of one fleet and hour, the oldest first. */
export interface ArchivedObject {
  readonly events: readonly ReceivedEvent[];
  /** Lines that cannot be read. */
  readonly unreadable: number;
}

/** The archive of events of this region. */
export interface ArchiveStore {
  /** Events of one fleet and hour, the oldest first, to be kept for so many days at least. */
  write(object: {
    readonly fleet: string;
    readonly days: number;
    readonly events: readonly ReceivedEvent[];
  }): Promise<void>;
  /**
   * Objects of a fleet, by the time of their first events: after a key, or else from the hour of a time on. The time is in the key:
   * `…/<milliseconds>-….gz`.
   */
  list(
    fleet: string,
    query: { from: number; after?: string | undefined; max: number },
  ): Promise<{ keys: readonly string[]; more: boolean }>;
  read(key: string): Promise<ArchivedObject>;
}

/** Makes one HTTP request. Fails with `target_refused` or `target_unavailable` when there is no reply, `worker_exhausted` when it is not to blame. */
export type Post = (request: TargetRequest) => Promise<TargetReply>;

/** Events whose rule could not reach the queue. */
export interface FailedEvents {
  /** The oldest ones, up to `max`. */
  list(max: number): Promise<string[]>;
  /** `undefined` when it cannot be read as an event. */
  read(key: string): Promise<ReceivedEvent | undefined>;
  remove(keys: readonly string[]): Promise<void>;
  /** Keeps it where it is not listed any more. */
  setAside(key: string): Promise<void>;
}

/** The queue of events. */
export interface Events {
  /** Answers why, for the index of each that the queue did not take. */
  send(events: readonly ReceivedEvent[]): Promise<ReadonlyMap<number, Error>>;
}

/** The queue of what the pipeline's workers say of their batches. */
export interface Records {
  /** Answers why, for the index of each that the queue did not take. */
  send(records: readonly Record[]): Promise<ReadonlyMap<number, Error>>;
}

/** What is known of deliveries: new entries, and by slice what they were joined to. */
export interface LedgerEntries {
  add(entries: readonly Entry[], now: number): Promise<void>;
  /** New ones: the oldest objects of them, up to `max`. */
  list(max: number): Promise<string[]>;
  read(key: string): Promise<Entry[]>;
  /** Those that are not there any more count as removed. */
  remove(keys: readonly string[]): Promise<void>;
  ofSlice(slice: number): Promise<Entry[]>;
  /** Puts them in the place of what was known of the slice. */
  keepSlice(slice: number, entries: readonly Entry[]): Promise<void>;
  open(): Promise<OpenSlice[]>;
  /** Puts them in the place of those that were open before. */
  keepOpen(slices: readonly OpenSlice[]): Promise<void>;
}

/** What the deliveries of an integration come to whose events were accepted within `ledgerBucketMs` from a time on. */
export interface LedgerBucket extends Counts {
  readonly from: number;
  readonly missingIds: readonly string[];
}

/** What the ledger comes to, written by each region and read as one. */
export interface LedgerRows {
  /** Puts what the integrations of a slice come to in this region in the place of what they came to before. */
  put(slice: number, tallies: ReadonlyMap<string, Tally>): Promise<void>;
  /** The buckets of an integration that begin from a time on and before another, oldest first. */
  list(integration: string, range: { from: number; to: number }): Promise<LedgerBucket[]>;
}

/** The last attempts of integrations. */
export interface Attempts {
  /** At most `attemptsToldMax` of an integration in one call are worth much more than that. */
  add(attempts: readonly Attempt[], now: number): Promise<void>;
  /** The newest ones, newest first. One that was added twice is there once. */
  list(integration: string, max: number): Promise<Attempt[]>;
}

/** Which devices published something, and when: written down every few seconds, for whoever reads and removes it. */
export interface HeardDevices {
  /** At most one for each device. */
  add(heard: readonly Heard[], now: number): Promise<void>;
  /** The oldest ones, up to `max`. A device may be in several. */
  list(max: number): Promise<string[]>;
  read(key: string): Promise<Heard[]>;
  /** Those that are not there any more count as removed. */
  remove(keys: readonly string[]): Promise<void>;
}

/** A device's way to prove who it is. PEM text. */
export interface Credentials {
  readonly certificate: string;
  /** Absent when the device made its own and sent a signing request. */
  readonly privateKey?: string;
}

/** IoT Core's registry in one region. */
export interface Registry {
  readonly region: string;
  /**
   * Makes the thing, a certificate for it and the policy's attachment. With a signing request (PEM) the key
   * is the request's. Fails with `invalid_request` when it cannot be read.
   */
  provision(device: string, fleet: string, signingRequest?: string): Promise<Credentials>;
  /**
   * Lets a device in with a certificate (PEM) that another region made, and sees to it that it is in this fleet.
   * May be repeated. Answers whether it was in another fleet before.
   */
  admit(device: string, fleet: string, certificate: string): Promise<boolean>;
  /** Puts the device into another fleet. What it may do follows when it connects again. */
  move(device: string, fleet: string): Promise<void>;
  /**
   * Makes a certificate that belongs to no device yet: of the request's key (PEM), or of a new one. Fails with
   * `invalid_request` when the request cannot be read.
   */
  issue(signingRequest?: string): Promise<Credentials>;
  /**
   * Brings the registry in line: the device is in this fleet; these certificates let it in, unless they are suspended; every
   * other certificate of it is revoked for good. May be repeated. Open connections are not closed. Resolves to whether the
   * device was in another fleet before.
   */
  align(device: string, fleet: string, admission: Admission): Promise<boolean>;
  /** Where devices connect: a URL. */
  endpoint(): Promise<string>;
}

/** The registries of all regions: this region's first. */
export type Registries<Part extends keyof Registry = keyof Registry> = readonly [
  Pick<Registry, Part | "region">,
  ...Pick<Registry, Part | "region">[],
];

/** Pending work of a region: to bring its registry in line with a device's row. One for each device and fleet. */
export interface Owed {
  readonly device: string;
  /** Where the device was about to be. */
  readonly fleet: string;
  /** When this was written, in milliseconds since 1970. */
  readonly since: number;
  /** The device's connection may have the rights of another fleet and must be closed, whatever the registry says. */
  readonly mustCut?: boolean;
  /**
   * When the registry had the device in its fleet, in milliseconds since 1970. A connection that was being opened then may have escaped
   * the cut, and may have the rights of the former fleet.
   */
  readonly movedAt?: number;
  /** A row of an earlier version, which had one key for all fleets of a device. */
  readonly isKeyedByDevice?: true;
}

/** What regions tell each other of devices. */
export interface Provisioning {
  /** With `mustCut` it replaces what was written before for the same device and fleet; without, it changes nothing then. */
  owe(owed: Owed, regions: readonly string[]): Promise<void>;
  /** Replaces `mustCut` by `movedAt`, if given, in what a region is owed, unless it has been written again since. */
  noteCut(owed: Owed, region: string): Promise<void>;
  /** A page of what this region is owed, by device and fleet. */
  owed(page: { limit: number; after?: string }): Promise<{ owed: readonly Owed[]; next?: string }>;
  /** How many devices a region is owed, counted up to `max`. A new one may be missing for a moment. */
  countOwed(region: string, max: number): Promise<number>;
  /** It is done, unless it has been written again since. */
  settle(owed: Owed): Promise<void>;
  /** Says where this region's devices connect, for when it cannot be asked. */
  keepEndpoint(url: string): Promise<void>;
  endpoint(region: string): Promise<string | undefined>;
}
