/**
 * Every number that bounds something, with its unit last in the name. The schemas, the templates and
 * the documentation use these names, so that a limit has one value everywhere.
 */

// What a device and a service may send.

/** IoT Core takes no larger MQTT payload. */
export const eventDataBytesMax = 131_072;
/** IoT Core takes no longer topic. */
export const topicBytesMax = 256;
/** IoT Core takes no deeper topic, a basic-ingest prefix not counted. */
export const topicSlashesMax = 7;
/** The longest event name that the API takes. A device may use what its topic has room for. */
export const eventNameBytesMax = 64;
/** The longest `id` property of an event. */
export const eventKeyCharsMax = 64;
/** How far ahead of the cloud's clock a device's `at` property may be before it is not believed. */
export const clockAheadMsMax = 300_000;
/** The largest HTTP request body. */
export const bodyBytesMax = 262_144;
/** How deep a JSON body may nest. */
export const jsonDepthMax = 32;
/** How deep a form's `a[b][c]` may go. */
export const formDepthMax = 4;
/** How many things a refusal of a request names, and how much of a name that the client made up. */
export const inputSentencesMax = 10;
export const inputNameCharsMax = 80;
/** How many fields a refusal names that would have been known. */
export const inputNamesShownMax = 40;

// How long a repeat of an event is known, and how long one worker may hold an event.

/** A repeat of the same `id` within this time is acknowledged again and not delivered again. */
export const seenHours = 24;
/** A worker that took an identified event and died gives it up after this time. */
export const seenLeaseSeconds = 30;
/** How often, and how long each time, a worker waits for another one that has the same event. */
export const seenWaitsMax = 8;
export const seenWaitMs = 250;

// Accounts.

/** How many rows of a table the admin function reads for one page of a list. */
export const adminPageMax = 200;
export const usernameCharsMax = 254;
export const passwordCharsMin = 8;
export const passwordCharsMax = 256;
export const tokenDaysDefault = 90;
/** A refresh token outlives its token by so much, and a token without an end is renewed as long after it was made. */
export const refreshDays = 14;
/** A used refresh token that comes back within this time counts as a repeated request, because the reply was lost. */
export const refreshGraceMs = 10_000;
/** How many refresh tokens of one family such repeats may make valid at the same time. */
export const refreshSiblingsMax = 4;
/** How many access tokens a family names itself; the index of the table knows the others. */
export const refreshFamilyTokensMax = 8;
/** How often a renewal is decided again after another one of the same family came first. */
export const refreshTriesMax = 5;
/** How many characters of its hash name a token in a list. */
export const tokenIdChars = 12;
/** How many tokens a list shows. */
export const tokensListedMax = 1_000;
/** How many names that a user has left are followed to the one that they have now. */
export const namesFollowedMax = 20;
/** How often a rename is tried again when the user is changed at the same time. */
export const renameTriesMax = 5;
/** So many wrong passwords within the time below slow down an account. */
export const guessesMax = 10;
/** So many slow down an address: many people may share it (an office, the NAT of a carrier). */
export const addressGuessesMax = 100;
export const guessesWindowSeconds = 1_800;
/** For how long an address is known as one where an account gave the right password, and how many an account has. */
export const knownPlaceDays = 30;
export const knownPlacesMax = 20;
/** A slowed one gets one attempt in this time. */
export const guessesSlowSeconds = 30;
/** The time step of one-time passwords, how many steps a clock may be off, and the length of their secrets. RFC 6238, 5.2. */
export const totpStepSeconds = 30;
export const totpDriftSteps = 1;
export const totpSecretBytes = 20;
export const otpCharsMax = 64;
/** How many recovery codes a user gets with the second factor, and of how many bytes. */
export const recoveryCodesMax = 10;
export const recoveryCodeBytes = 10;
/** How long a log-in waits for the second factor, and a new second factor for its first one-time password. */
export const mfaTokenMinutes = 10;
/** So many wrong one-time passwords slow a user down to one attempt in the time below. */
export const otpGuessesMax = 5;
export const otpSlowSeconds = 300;
/** How many secrets for a second factor a user may ask for within `guessesWindowSeconds`. */
export const mfaStartsMax = 20;
/** How long the token of a mail is good: one that replaces a password, and one that confirms an address. */
export const resetTokenMinutes = 60;
export const addressTokenMinutes = 1_440;
/** One address may ask for so many password resets within `guessesWindowSeconds`, then for one in the time below. */
export const resetsFromAddressMax = 20;
export const resetsFromAddressSlowSeconds = 60;
/** So many mails of one kind go to one address within `guessesWindowSeconds`, then one in the time below. */
export const mailsToAddressMax = 3;
export const mailsToAddressSlowSeconds = 1_200;
/** So many mails leave a region within `guessesWindowSeconds`, then one in the time below. */
export const mailsMax = 500;
export const mailsSlowSeconds = 10;
/** A mail that could not be sent for so long is put aside: its token would be of no use. */
export const mailMinutesMax = 60;
/** How long the function that sends mails may take for a batch, and one request to the mail service. */
export const mailTimeoutSeconds = 30;
export const mailRequestMs = 10_000;
/** The longest address of a mail. RFC 5321, 4.5.3.1.3: a path of 256 characters has angle brackets. */
export const mailAddressCharsMax = 254;
export const mailSubjectCharsMax = 200;
export const mailTextCharsMax = 10_000;
export const oauthClientsMax = 50;
export const oauthClientNameCharsMax = 64;
export const redirectUriCharsMax = 2_048;
export const apiUsersPerProductMax = 100;
export const friendlyNameCharsMax = 64;
export const accountInfoCharsMax = 100;
/** How many people a product's team has, its open invitations included. */
export const teamPeopleMax = 100;
export const invitationDays = 14;
export const invitationIdCharsMax = 64;
/** How many changes the log of a team keeps. Together with the people it fits into one row of the table. */
export const teamLogEntriesMax = 200;
/** How often a change of a team is tried again when somebody else changed the team meanwhile. */
export const teamWritesMax = 8;
/** How many invitations and memberships a person's lists show. */
export const membershipsListedMax = 200;
/** How many accounts or products are looked up at once for one list. */
export const namesLookedUpAtOnceMax = 20;
/** How long a function uses the roles of a team without reading them again. */
export const teamFreshMs = 5_000;
export const teamsCachedMax = 1_000;
/** How long a function believes a token that it has looked up. */
export const tokenFreshMs = 30_000;
/** How often an open event stream checks whether its caller may go on. Not less than `tokenFreshMs`: a check costs a read then. */
export const callerCheckMs = 30_000;
export const tokensCachedMax = 10_000;
export const productsCachedMax = 10_000;
/** How many products a user may have. */
export const productsPerUserMax = 100;
/** A product's name that was taken by a request which died is free again after this time. */
export const productNameSettleMs = 30_000;
/** For how long one request works at the removal of a product, and how many of its devices it reads at once. */
export const removalMs = 18_000;
export const removalDevicesPageMax = 100;
/** A list may be behind by so much: the removal looks again after it. */
export const removalSettleMs = 1_000;
/** The plan of a removal counts so many of each kind at most. */
export const removalCountedMax = 1_000;
/** How long a removed product is remembered: a repeated removal finishes what is left. */
export const removedProductDays = 30;
export const productNameCharsMax = 64;
export const productDescriptionCharsMax = 500;

// Devices.

export const devicesPerFleetListedMax = 1_000;
export const deviceNameCharsMax = 64;
export const deviceNotesCharsMax = 2_000;
/** How many devices of a product are read for one page of its list. */
export const productDevicesReadMax = 10_000;
export const productDevicesPerPageDefault = 25;
export const productDevicesPerPageMax = 1_000;
/** The highest number of a page that somebody may ask for. */
export const pageNumberMax = 1_000_000_000;
/** How many devices one request may put into a product, and how many of them at once. */
export const productDevicesAddedMax = 1_000;
export const devicesMovedAtOnceMax = 10;
/** The largest certificate signing request. */
export const signingRequestBytesMax = 16_384;
/** How many devices the broker is asked about at once for one list. */
export const presenceAskedAtOnceMax = 20;

// Every region knows every device: docs/adr/0023-a-device-in-every-region.md.

/** A region looks again at a device so long after it was made or moved: whoever did it has finished by then. */
export const owedSettleMs = 60_000;
/** A connection that began at most so long after its device's registry entry was moved may have the rights of the former fleet. */
export const connectRaceMs = 2_000;
/** A device's row that says another fleet than the region was told may be on its way, for as long. */
export const owedDoubtMs = 600_000;
/** A name that was taken for a device whose row does not have it is free after this time: longer than a request lives. */
export const nameSettleMs = 60_000;
/** An idempotency key of provisioning: its length, for how long it names a device (30 days: an interrupted bulk run continues after a holiday), and how long its first request may run. */
export const idempotencyKeyCharsMax = 255;
export const provisionKeyMs = 2_592_000_000;
export const provisionSettleMs = 60_000;
/** Bulk provisioning: devices in one request, how many of them at once, and how long the request may start further ones. */
export const provisionBatchMax = 25;
export const provisionedAtOnceMax = 5;
export const provisionBatchMs = 15_000;
/** Provisioning by claim: docs/adr/0040-provisioning-by-claim.md. Valid claim certificates of a product, those that are kept in its list, and devices a minute for each in a region. */
export const claimCertificatesPerProductMax = 10;
export const claimCertificatesListedMax = 200;
export const claimsPerMinuteMax = 600;
/** IoT Core waits five seconds for a pre-provisioning hook. */
export const hookTimeoutSeconds = 5;
/** The provisioning template of every region, and how the client ids begin that a claim certificate may use. */
export const claimTemplateName = "godwit_claim";
export const claimClientPrefix = "claim-";
/** The largest file of devices to provision: its lines and its size. */
export const provisionFileLinesMax = 100_000;
export const provisionFileBytesMax = 268_435_456;
/** How often a change of a device's name or notes is tried again when others change the device at the same time. */
export const describeTriesMax = 5;
/** How often a request tells the registries about one device while other requests move it on. Pending work does the rest. */
export const moveTellsMax = 5;
/** How often a region brings its registry in line, and what it takes on in one run. */
export const provisionMinutes = 1;
export const provisionDevicesMax = 1_000;
export const owedPageMax = 100;
export const provisionTimeoutSeconds = 50;
/** A run stops this long before its time-out, so that the device under way is finished. */
export const provisionMarginMs = 25_000;
/** How many rows of the table of devices are gone through at once for a region that was added later, and how many devices it may be owed meanwhile: about two runs' worth. */
export const fillPageMax = 100;
export const fillOwedMax = 400;
// Certificates that end and are replaced: docs/adr/0035-what-lets-a-device-in.md.

/** How far back a region that was down looks for certificates that ended meanwhile. */
export const deadlineDaysBehindMax = 31;
/** How many deadlines are read at once. */
export const deadlinesPageMax = 100;
/** How long the old and the new certificate are both valid unless the request says otherwise, and at most. */
export const overlapHoursDefault = 168;
export const overlapHoursMax = 720;
/** How many certificates a device may have made for it within a day by asking itself. */
export const renewalsPerDayMax = 5;
/** The longest validity that can be set for certificates: ten years. */
export const certificateDaysMax = 3_650;

/** How long the fleet that gave a device up may take it back without proof. */
export const takeBackDays = 7;
/** How long a claim code is valid, and how many codes of a fleet are valid at once; the oldest ones go first. */
export const claimCodeSeconds = 3_600;
export const claimCodesPerFleetMax = 20;
export const claimCodeBytes = 47;
export const claimCodeCharsMax = 64;
/** The longest base64 signature: that of an RSA key of 8,192 bits. */
export const signatureCharsMax = 1_400;

/** How many rows of the table of devices are gone through at once to have devices reconnect, how many are told side by side, and within how long at most they come back: a device goes by no longer delay. */
export const reconnectPageMax = 200;
export const reconnectAtOnceMax = 20;
export const reconnectSecondsMax = 3_600;
/** How long this region's copies of the global tables may take before another region's are read, and for how long they are then left alone. */
export const globalTablesMs = 1_500;
export const tablesRestMs = 5_000;
/** How long another region is left alone after it did not answer. */
export const regionRestMs = 10_000;
/** How long the parts of this region may take to say that they are there. Health checks of Route 53 wait 2 s for a whole reply. */
export const healthMs = 1_500;
/** For how long an answer about this region's health is good: checkers ask from many places at once. */
export const healthFreshMs = 5_000;

// Sessions: what is known of a device's connection in one region.

/** What a device may say of itself. */
export const functionsPerDeviceMax = 100;
export const variablesPerDeviceMax = 100;
export const firmwareCharsMax = 64;
/** The longest a sleepy device may say that it sleeps: a year. */
export const wakeSecondsMax = 31_536_000;
/**
 * Times of presence events are approximate: within this time of each other the connection's number
 * decides which is the later one. It starts again only after an hour offline.
 */
export const presenceTimesApproximateMs = 600_000;
/** How often a session is read again when another worker has written it meanwhile. */
/** For how long one worker is the only one that tells a device's statuses: longer than any worker that does so may run. */
export const sessionTellMs = 60_000;
/** How many statuses of a device wait to be told. */
export const untoldStatusesMax = 20;
export const sessionWritesMax = 5;
export const presenceTimeoutSeconds = 25;

// Sessions that heal: docs/adr/0020-sessions-that-heal.md.

/** How often at most a worker looks whether the region's sessions are still the same. */
export const epochFreshMs = 100;
/** How long sessions are left alone after they could not be looked at. */
export const epochPauseMs = 5_000;
/** For so long after sessions were lost each device is looked at on its first message: longer than a weekly rhythm. */
export const healingMs = 691_200_000;
/** The table may be losing rows still for so long; what was whole meanwhile is looked at again, after the time below. */
export const losingMs = 60_000;
export const losingLookMs = 5_000;
/** When a device that was found whole may be looked at again, and one that is being healed. */
export const wholeLookMs = 86_400_000;
export const healingLookMs = 30_000;
/** At other times a worker looks at so many of the devices that it hears, in so long. */
export const sampleMs = 10_000;
export const sessionsSampledMax = 10;
/** How many devices a worker remembers of those it looked at, and of those it heard since its last look at the table. */
export const devicesLookedMax = 100_000;
export const devicesHeardMax = 10_000;
/** How many sessions are looked at with one batch of events. */
export const sessionsLookedMax = 500;
/** Endpoints that a device may list in its hello, and the characters of one. */
export const endpointsSaidMax = 16;
export const endpointCharsMax = 256;
/** `presence` reads the endpoints of the regions at most once in this time, and in the shorter one while a region has not said its own. */
export const endpointsFreshMs = 300_000;
export const endpointsIncompleteMs = 20_000;
/** A device that confirmed that it was asked for hello, and says none, is asked again after this time. */
export const helloAskMs = 3_600_000;
/** Clocks, and messages that are still in queues: what is younger is not doubted. */
export const presenceSettleMs = 120_000;
/** A sweep looks at so many devices of a page, at so many in a run, and at each at most once in so long. */
export const sweepPageMax = 60;
export const sweepDevicesMax = 1_200;
export const sweepRoundMs = 3_600_000;

// Silent devices: docs/adr/0026-silent-devices.md.

/** How often devices are watched, and swept. */
export const watchMinutes = 1;
export const watchTimeoutSeconds = 50;
/** The sweep ends after this time, and looking up silent devices this long before the time-out. */
export const sweepMs = 10_000;
export const watchMarginMs = 20_000;
/** Shards of rhythms are learned one after the other for so long in a run: the next one begins before this is over. */
export const learnMs = 5_000;
/** How many objects of what was heard are read in a run, and into how many rhythms are divided. */
export const heardObjectsMax = 1_000;
export const rhythmShards = 8;
/** Signs of a device that are closer together than this are one. */
export const beatMsMin = 60_000;
/** The longest pause of one to two such periods counts: longer than a week. */
export const rhythmPeriodMs = 691_200_000;
/** For so long a rhythm is learned before a device is called silent by it. */
export const rhythmLearnMs = 86_400_000;
/** A device is overdue after so many of its pauses, but not before the time below; an announced one has this slack. */
export const overdueFactor = 3;
export const silentMsMin = 900_000;
export const wakeSlackMs = 30_000;
/** How many devices that are overdue are looked up in a run. */
export const silentLooksMax = 200;
/** How long an announced wake interval is believed, and of how many devices it is read in a run. */
export const wakeFreshMs = 86_400_000;
export const wakesReadMax = 5_000;
/** A device that was silent for so long is not followed any more. */
export const rhythmForgottenMs = 5_184_000_000;

/** For how long healings are kept, and how many of them one page lists. */
export const healingDays = 30;
export const healingsPerPageMax = 100;

// Calls.

/** The longest name of a function or variable, and the longest argument. */
export const callNameBytesMax = 64;
export const callArgumentBytesMax = 1_024;
/** How long the broker waits for a device to confirm that it got a call. IoT Core takes up to 15. */
export const callConfirmSeconds = 5;
/** How long a device may take to answer. Shorter than `apiTimeoutSeconds`, so that it is us who say so. */
export const callWaitMs = 20_000;
/** An answer is looked for after this time, then after a longer one each time, up to the second. */
export const replyLookMsMin = 2;
export const replyLookMsMax = 250;
export const replyLookFactor = 1.6;
/** How long an answer is kept for whoever waits for it. */
export const replyKeptSeconds = 3_600;

// Integrations.

export const integrationsPerFleetMax = 100;
/** How long an integration's name is. */
export const integrationNameCharsMax = 200;
/** An event that came through so many integrations, whose targets published it again, goes to no further one. */
export const hopsMax = 3;
/** How often an integration is changed again that somebody else has written meanwhile. */
export const integrationWritesMax = 5;
/** The largest stored configuration of an integration. */
export const integrationBytesMax = 65_536;
/**
 * How long a worker uses a fleet's integrations without reading them again. An answer to a change is
 * held back for as long, so that a change is in force everywhere in its region when it is confirmed.
 */
export const integrationsFreshMs = 1_000;
/** How long the table is left alone after it could not be read, while what was read before is used. */
export const integrationsRetryMs = 5_000;
/** How long a delivery waits at least whose integration alone cannot be read. */
export const unreadableHoldMs = 60_000;
/** How many fleets' integrations one worker keeps. */
export const fleetsCachedMax = 10_000;

/** The key of a webhook's signatures, and for how long a former one signs too. */
export const signingKeyBytes = 32;
export const signingOverlapSecondsDefault = 86_400;
export const signingOverlapSecondsMax = 2_592_000;

/** How many tokens of targets' services one worker keeps, and how long before its end one is renewed. */
export const tokensRememberedMax = 1_000;
export const tokenMarginMs = 60_000;

/** How long a token for an Azure IoT hub is good. */
export const sasTokenSeconds = 3_600;

// Secrets at rest: docs/adr/0013-kinds-and-their-secrets.md.

/** How long a worker seals with the same data key, and how many of them it keeps to open with. */
export const dataKeyUsedMs = 3_600_000;
export const dataKeysRememberedMax = 1_000;
/** How long a region that did not wrap a data key is left alone; a data key that lacks a region seals for no longer. */
export const sealRetryMs = 60_000;

// Response events: docs/adr/0012-response-events.md.

/** The size of a part, and of the only part where the integration is `unchunked`. */
export const responsePartBytes = 512;
export const responseUnchunkedBytesMax = 16_384;
/** All parts of one reply together. */
export const responseBytesMax = 102_400;
/** How many parts of a reply are on their way at once. */
export const responsePartsAtOnceMax = 10;
/** How long a worker waits, after its batch, for the broker to take what there is to tell. */
export const responsesWaitMs = 2_000;
/** How long nothing is told after the broker did not take something. */
export const responsesPauseMs = 5_000;

// Deliveries.

/** The wait before each further attempt, in seconds; the first attempt is made at once. About 75 hours in all. */
export const deliveryWaitsSeconds = [
  5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
] as const;
/** Each wait is made longer or shorter by up to this part of it. */
export const deliveryJitter = 0.2;
export const deliveryDeadlineSecondsMin = 1;
export const deliveryDeadlineSecondsMax = 604_800;
/** A target's `Retry-After` is kept to up to this: as long as the longest wait. */
export const retryAfterSecondsMax = 86_400;
/** SQS delays a message by no more than this; what waits longer waits in a table. */
export const queueDelaySecondsMax = 900;
/** A table's key takes no more than about a thousand writes a second: waiting deliveries have so many keys. */
export const waitingShards = 16;
/** How often those are brought back that are due before the next time. */
export const wakeMinutes = 1;
/** How many are brought back in one run: a bound for what the queue gets at once. */
export const wakeDeliveriesMax = 32_000;
export const wakePageMax = 100;
export const wakeTimeoutSeconds = 50;
/** A run stops this long before its time-out, so that the page under way is finished. */
export const wakeMarginMs = 20_000;
/** A delivery that is brought back so long after its time is late. */
export const wakeLateMs = 300_000;
export const targetConnectMs = 10_000;
export const targetTimeoutMs = 20_000;
/** An attempt that needs several requests, for a token first, begins none after this time. */
export const furtherRequestMs = 5_000;
/** How much of a target's reply is read. */
export const targetReplyBytesMax = 102_400;
/** The life of an event, as Particle's clients are told it; nothing depends on it. */
export const eventTtlSeconds = 60;
/** How long a worker uses the firmware version that a device said, and of how many devices it remembers that. */
export const versionFreshMs = 5_000;
export const versionsRememberedMax = 5_000;
/** How many content codings of a reply, one over the other, are undone. */
export const decodingsMax = 3;
/** How much of a redirect's target is shown. */
export const targetLocationCharsMax = 200;
/** The longest host name of a target, and its longest label: RFC 1035, 2.3.4. */
export const hostNameCharsMax = 253;
export const hostNameLabelCharsMax = 63;
/** How many turns of sections, and how much text, the templates of one request may make. */
export const templateStepsMax = 100_000;
export const filledCharsMax = 1_048_576;

// Previews and tests of an integration.

/** How many events a preview shows. */
export const previewEventsDefault = 5;
export const previewEventsMax = 20;
/** What their requests may be together: Lambda answers with 6 MB at most, and JSON is longer than what it says. */
export const previewCharsMax = 2_097_152;
/** How far back recent events are looked for: so far first, and further while those are too few. */
export const previewLooksMs = [10_000, 60_000, 600_000] as const;
/** How much of a target's reply a test shows. */
export const testReplyCharsMax = 4_096;

// The circuit breaker of an integration: docs/adr/0015-circuit-breakers.md.

/** An attempt that failed after this time hung. */
export const breakerHangMs = 5_000;
/** So many attempts in a row that hung, that were asked to slow down, or that failed at all, open it. */
export const breakerHangsMin = 3;
export const breakerSlowedMin = 3;
export const breakerFailuresMin = 10;
/** And so many failures among so many attempts. */
export const breakerWindowAttempts = 40;
export const breakerWindowFailuresMin = 30;
/** For how long it is open: twice as long each time; a target that hangs costs a worker more, and is left alone longer. */
export const breakerOpenMsMin = 5_000;
export const breakerHungOpenMsMin = 60_000;
export const breakerOpenMsMax = 300_000;
/** After it: one attempt in the first such time, then twice as many each time, until there are so many. */
export const breakerSlowStartMs = 1_000;
export const breakerSlowStartAttemptsMax = 64;
/** So many failures in a row during that open it again. */
export const breakerSlowStartFailuresMin = 3;
/** Deliveries that were held back come again within this time, not all at once. */
export const breakerSpreadMs = 10_000;
/** One that was held back for long is held for half as long again each time, up to this. */
export const breakerHoldMsMax = 3_600_000;
/** How many circuits one worker remembers. */
export const breakersMax = 10_000;
/** A delivery that was held back for as long without an attempt is given up: as long as the schedule is. */
export const heldSecondsMax = deliveryWaitsSeconds.reduce((all, wait) => all + wait, 0);

// The slow lane: docs/adr/0017-a-slow-lane.md.

/** An attempt that has been under way for so long is slow, however it ends. */
export const slowAttemptMs = 500;
/** For how long after one an integration's deliveries take the slow lane; it is said again when half of that is over. */
export const slowKnownMs = 300_000;

// An integration in trouble: docs/adr/0016-disabled-after-five-days.md.

/** After so long with nothing but failure it is disabled, if attempts failed in so many different hours. */
export const disabledAfterMs = 432_000_000;
export const troubleHoursMin = 5;
/** Its owner is told when so much of that has passed. */
export const troubleToldPercents = [50, 90, 100] as const;
/** From this attempt of a delivery on a failure is more than a hiccup, and is written down. */
export const troubleAttemptsMin = 3;
/** So often at most. */
export const troubleWriteMs = 3_600_000;
/** How many integrations' rows a worker remembers as it wrote them, until it reads them. */
export const troublesWrittenMax = 1_000;
/** After so long without a failure that was counted the next is the first: longer than the longest wait between two attempts. */
export const troublePauseMsMax = 129_600_000;

// Sockets.

/** Sockets of one worker to one target. */
export const targetSocketsMax = 20;
/** Sockets of one worker that are kept open, over http and over https each, without a request. */
export const targetSocketsKeptMax = 50;
/** How much of a failure's text is kept with a dead letter. */
export const reasonCharsMax = 500;

// Queues and functions.

/** SQS takes no more entries, nor more bytes, in one batch. */
export const queueBatchMax = 10;
export const queueBatchBytesMax = 1_048_576;
/** How many such batches one worker has under way. */
export const queueRequestsAtOnceMax = 10;
/**
 * How often a function may see a message before the queue gives it up. High, because a database that is down
 * is no reason to give up: a message that cannot be read is put aside by the function at once. SQS takes no more.
 */
export const receivesMax = 1_000;
/** A message that a worker could not handle comes back after this time, after twice as long each time, up to the maximum. */
export const comeBackSecondsMin = 5;
export const comeBackSecondsMax = 300;
export const deadLetterQueueDays = 14;
/** Longer than the tables, and the queue or the broker, that hang before they fail, together; shorter than `seenLeaseSeconds`. */
export const routeTimeoutSeconds = 29;
/** Longer than a target with a further request may take, and two tables, a key, a queue and a broker that hang before they fail, together. */
export const deliverTimeoutSeconds = 60;
export const apiTimeoutSeconds = 29;
/**
 * How many calls that wait for their devices, event streams, and tests and previews of integrations a user may have at
 * once in a region: at most a quarter of the concurrent executions that the region has for all users together. See
 * docs/adr/0034-places-of-users.md.
 */
export const placesMax = { calls: 16, streams: 50, tests: 5 } as const;
/** A call needs no place unless its device takes longer than this. */
export const callPlaceAfterMs = 1_000;
/** When it is worth another try for a request that found no place. */
export const placeRetrySeconds = { calls: 5, streams: 30, tests: 5 } as const;
/** How often a request looks for a free place while concurrent requests take those that it has seen. */
export const placeTriesMax = 6;
/** A place of a worker that died is free so long after the time that it had. */
export const placeMarginMs = 5_000;
/** API Gateway ends a stream after this time; the client comes back. */
export const streamSecondsMax = 900;
/** A stream ends itself this long before its function's time-out. */
export const streamMarginMs = 5_000;
/** How long a stream waits for the broker, and how often it says that it is there. */
export const liveConnectMs = 5_000;
export const liveKeepAliveSeconds = 30;
/** A stream is silent for at most 9 s, a timer's lateness included: Particle's client gives up after 15 s. */
export const streamHeartbeatMs = 8_000;
/** Events wait this long behind a stream's first line: Particle's client loses what comes in the same piece. */
export const streamSettleMs = 50;
/** A stream whose client does not read is cut when this much waits for it. */
export const streamBacklogBytesMax = 1_048_576;
/** How long a client is asked to wait before it comes back. */
export const streamRetryMs = 1_000;
/** How many events with an id of their device's a stream knows, so that it does not show them again. */
export const streamIdsMax = 1_000;

// Streams over regions: docs/adr/0028-streams-over-regions.md.

/** When a stream tries a region again that it does not hear: twice as long after each time. */
export const hearAgainMsMin = 1_000;
export const hearAgainMsMax = 30_000;
/** A place in a stream waits so long for a region that is not heard. */
export const regionAwayMs = 10_000;

// One time for each event: docs/adr/0032-one-time-for-each-event.md.

/** How long a stream holds an event, and those after it, until it is told when the cloud received it. */
export const stampHoldMs = 1_500;
/** How many events and characters a stream holds; when there are more, the oldest is shown without waiting. */
export const heldEventsMax = 1_000;
export const heldCharsMax = 1_048_576;
/** How many times without an event, and events without a time, a stream remembers. */
export const stampsRememberedMax = 5_000;
/** Equal events that came so close together are told apart by their order alone. */
export const stampTieMs = 250;

// Resuming a stream: docs/adr/0008-resuming-a-stream.md.

/** A client that comes back within this time after its connection ended misses nothing. */
export const resumeMs = 300_000;
/** How long an event is kept for those who come back. */
export const recentEventsMs = 600_000;
/** How long a fleet counts as listened to after a stream said so. */
export const listeningMs = 420_000;
/** How often a stream looks whether less than this is left; then it says so again. */
export const listeningCheckMs = 30_000;
export const listeningLeftMsMin = resumeMs + listeningCheckMs;
/** Between the broker's time of an event and its arrival on a stream: on the way, and clocks that differ. */
export const liveSlackMs = 2_000;
/** A time is not matched to an event after this, and is not sent then. */
export const stampRememberedMs = liveSlackMs + stampHoldMs;
/** From then on every event of a fleet that is listened to is kept. */
export const listeningInForceMs = integrationsFreshMs + liveSlackMs;
/** How long an event may be on its way through the queue before it is kept. */
export const keepLagMs = 10_000;
/** When a resumed stream looks again for kept events; the first ones cover `keepLagMs`. */
export const resumeLookWaitsMs = [
  500, 500, 1_000, 1_000, 2_000, 2_500, 3_000, 3_500, 15_000, 30_000,
] as const;
/** What one resume shows at most of what was missed. */
export const resumeEventsMax = 20_000;
export const resumeBytesMax = 33_554_432;
/** An event that is seen twice within this time before a client's last one can be told to be the same. */
export const cursorWindowMs = liveSlackMs + 1_000;
/** How many events a client's place in the stream names. */
export const cursorEventsMax = 16;
/** How long a text is that may be a cursor. */
export const cursorCharsMax = 1_000;
/** How long the keeping of a batch of events may take, and how often what DynamoDB left out is tried again. */
export const keepMsMax = 3_000;
export const keepTriesMax = 4;
export const keepRetryMs = 50;
/** How long events are not kept after that failed: the pipeline does not wait for it again and again. */
export const keepPauseMs = 5_000;

// Records: what became of deliveries, written down in batches (docs/adr/0018-the-ledger.md).

/** How many messages of a worker wait in its memory while the queue of records does not take them. */
export const recordsKeptMax = 100;
/** How many messages one invocation writes down; Lambda's 6 MB come first when they are large. */
export const recordBatchMax = 1_000;
/** How long a batch of them may wait to be full: so much later is seen what became of a delivery. */
export const recordBatchSeconds = 10;
export const recordTimeoutSeconds = 30;

/** How much of an attempt is shown: of its address, of a body, of a header's value; and how many headers. */
export const attemptUrlCharsMax = 500;
export const attemptBodyCharsMax = 1_000;
export const attemptHeaderCharsMax = 200;
export const attemptHeadersMax = 30;
/** So many attempts of an integration that went well, and as many that failed, a worker tells in full within the time below. */
export const attemptsToldMax = 25;
export const attemptsToldMs = recordBatchSeconds * 1_000;
/** How many integrations' counts of those a worker remembers. */
export const attemptsCountedMax = 10_000;
/** A worker logs a failed attempt of an integration at most once in this time, and remembers so many integrations. */
export const attemptLogEveryMs = 60_000;
export const attemptLogIntegrationsMax = 1_000;
/** How many attempts of an integration are shown, and for how many days. */
export const attemptsShownMax = 100;
export const attemptDays = 30;

// The ledger: docs/adr/0018-the-ledger.md.

/** Deliveries are counted by when the broker took their event: so long is a slice, whose entries are in memory together. */
export const ledgerSliceMs = 60_000;
/** And so long is what a row of counts covers. */
export const ledgerBucketMs = 600_000;
/** How long counts and entries are kept: longer than a delivery may be tried, lie in the dead letters, and be tried again when it is replayed. */
export const ledgerDays = 45;
/** A delivery of which nothing is heard for so long after it was to be in hand is overdue, and then missing. */
export const ledgerOverdueMs = 900_000;
export const ledgerMissingMs = 3_600_000;
/** For how long one that was found to be missing counts in the metric that pages. */
export const ledgerRecentMs = 3_600_000;
/** How many ids of missing deliveries are named, for each integration and slice. */
export const ledgerMissingNamedMax = 20;
/** How often entries are joined; and how many objects of them at once. */
export const ledgerMinutes = 1;
export const ledgerObjectsAtOnceMax = 20;
export const ledgerTimeoutSeconds = 55;
/** A run stops this long before its time-out, so that the objects under way are finished. */
export const ledgerMarginMs = 25_000;
/** The counters of an integration: so many days of them. */
export const counterDays = 30;
/** The latest time that may be asked for: 15 digits, as rows are sorted by. */
export const ledgerTimeMsMax = 999_999_999_999_999;
/** How many buckets one answer of the ledger shows: a week. */
export const ledgerBucketsShownMax = 1_008;

// Dead letters.

export const deadLetterDays = 30;
export const deadLettersPerPageMax = 100;
/** How often the table is asked for one page of filtered dead letters. */
export const deadLetterQueriesMax = 50;

// Jobs: docs/adr/0019-jobs.md.

/** How many deliveries a job makes in a second. */
export const jobPerSecondDefault = 20;
export const jobPerSecondMax = 200;
/** It begins with this part of that, and makes twice as many after each such time. */
export const jobSlowStartPart = 8;
export const jobSlowStartMs = 5_000;
/** How long a worker works for a job before it hands it on, and when it is stopped whatever it does. */
export const jobRunMs = 15_000;
export const jobTimeoutSeconds = 30;
/** How long a job is its worker's. Longer than the worker lives, shorter than its message is hidden. */
export const jobLeaseMs = 45_000;
/** A job that nobody has worked at for so long has lost its message, and gets another when somebody looks. */
export const jobStalledMs = 600_000;
export const jobsRunningPerFleetMax = 5;
/** How many jobs a fleet may have begun within the time that they are kept. */
export const jobsPerFleetMax = 100;
export const jobDays = 7;
/** A plan counts so many, and no longer than this; then it says "at least". */
export const planItemsMax = 10_000;
export const planMsMax = 10_000;
/** How many dead letters are read at once. */
export const jobPageMax = 200;
/** How many dead letters may be named by their ids. */
export const replayIdsMax = 100;

// The archive of events: docs/adr/0027-the-archive.md.

/** For how many days a fleet's events may be archived. */
export const archiveDaysMin = 1;
export const archiveDaysMax = 365;
export const archiveDaysDefault = 30;
/** An object is removed after the first of these that is not less. */
export const archiveDayClasses = [7, 30, 90, 365] as const;
export const archiveTimeoutSeconds = 60;
/** An object is written by one batch, which Lambda bounds to 6 MB. */
export const archiveObjectBytesMax = 33_554_432;
/** How many objects are listed at once. */
export const archiveListMax = 1_000;
/** A reader knows an event that it has given again for so long. */
export const archiveKnownIdsMax = 100_000;
/** How many events are read at once for a plan. */
export const archivePageMax = 1_000;
/** How long a worker looks twice at events of archived fleets after the archive did not take one: longer than a message is hidden. */
export const archiveBehindMs = 600_000;
/** How far back a preview looks for archived events, and into how many objects each time. */
export const sampleArchiveLooksMs = [600_000, 86_400_000] as const;
export const sampleArchiveObjectsMax = 5;

// Failed rule actions, kept in S3.

export const recoverMinutes = 1;
/** How many are brought back in one run: what is fresh shares the queue with them. A million takes 50 minutes. */
export const recoverObjectsMax = 20_000;
/** S3 lists no more at once. */
export const recoverPageMax = 1_000;
/** Each reads as many objects at once as a batch of the queue takes: together no more than the SDK has sockets. */
export const recoverBatchesAtOnceMax = 5;
export const recoverTimeoutSeconds = 50;
/** A run stops this long before its time-out, so that the batch under way is finished. */
export const recoverMarginMs = 15_000;
