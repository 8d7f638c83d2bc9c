/** The version of a firmware as its product numbers it: Particle's devices report 16 bits. */
export const firmwareVersionMin = 1;
export const firmwareVersionMax = 65_535;
/** The firmware versions of a product. */
export const firmwareVersionsMax = 500;
export const firmwareTitleCharsMax = 256;
export const firmwareDescriptionCharsMax = 4_096;
/** The groups to which one firmware version is released. */
export const firmwareGroupsMax = 100;
/**
 * The size of an image without its trailer. An upload is one request: API Gateway encodes it as
 * base64, and Lambda accepts a request of 6 MB with its headers.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const imageBytesMax = 4_194_304;
/** The signed statement about an image: its envelope, also within the trailer of the image. */
export const envelopeBytesMax = 16_384;
/** The body of an upload: an image, its trailer and the other fields of the form. */
export const uploadBytesMax = imageBytesMax + envelopeBytesMax + 65_536;
/** A platform as a device reports it. */
export const platformCharsMax = 64;
/** The keys of one key document, and the key documents of a product. */
export const signingKeysMax = 16;
export const keyDocumentsMax = 100;
/** The key documents that one command carries to a device. A device further behind asks again. */
export const keyDocumentsPerCommandMax = 8;
/** The signatures of one envelope: those of two key documents. */
export const signaturesMax = 2 * signingKeysMax;
/** The time after which a removal of an image that did not end no longer blocks its upload. */
export const imageRemovalMs = 60_000;
/** Attempts of a change of a firmware version while other requests change it. */
export const changeAttemptsMax = 5;
/** The devices of a product that are counted by their firmware version. */
export const devicesCountedMax = 1_000;
/** Retention of the firmware history: ten years, the longest support period of a product. */
export const firmwareHistoryDays = 3_653;
/** How long a worker assumes that a region still has an image. */
export const imagesKnownMs = 600_000;
export const imagesKnownMax = 1_000;
/** The rows of the history that one page of an exposure or of a rollout reads. */
export const historyRowsMin = 20;
export const historyRowsMax = 1_000;
export const historyRowsDefault = 200;
/** The rows of one answer as CSV: some MB. */
export const csvRowsMax = 5_000;
/** The former versions of one rollout. */
export const fixedVersionsMax = 50;
/** Devices whose history is read at once. */
export const historiesAtOnceMax = 16;
