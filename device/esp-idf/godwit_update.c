#include "godwit_update.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "esp_crt_bundle.h"
#include "esp_http_client.h"
#include "esp_ota_ops.h"
#include "esp_partition.h"
#include "esp_random.h"
#include "esp_system.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "mbedtls/base64.h"
#include "mbedtls/sha256.h"
#include "nvs.h"
#include "sodium.h"

#define SECTOR 4096
#define CHECKPOINT (16 * SECTOR)                   // progress is stored after each 64 KB
#define DOCUMENT_MAX 4096                          // decoded payload of an envelope
#define ENVELOPE_MAX 12288                         // stored key document, JSON
#define KEYS_MAX 16
#define BACKOFF_MS 2000
#define BACKOFF_CAP_MS 600000
#define CLOCK_VALID 1577836800                     // 2020: an earlier clock was never set
#define IDLE UINT32_MAX

typedef struct { char id[65]; uint8_t raw[32]; } signing_key_t;

typedef struct {
  int product, number, threshold, count;
  int64_t expires;                                 // seconds since 1970; 0: never
  signing_key_t keys[KEYS_MAX];
} key_document_t;

typedef struct { uint8_t sha256[32]; uint32_t size, version, sequence; } image_t;

// Stored as one value of NVS, which is replaced atomically.
typedef struct {
  char release[65];
  bool is_rollback, is_activated;
  uint8_t wrong_hashes;
  uint32_t written;                                // a multiple of SECTOR
  int64_t expires;                                 // of the manifest, seconds since 1970
  image_t image;
} job_t;

static godwit_update_config_t config;
static key_document_t keys;
static job_t job;
static bool has_job, on_trial, is_first_hello, is_connected;
static char url[2048];
static unsigned failures;
static int report_id = -1;
static uint32_t delay_ms;

// NVS

static nvs_handle_t store(void) {
  static nvs_handle_t handle;
  if (handle == 0) ESP_ERROR_CHECK(nvs_open("godwit", NVS_READWRITE, &handle));
  return handle;
}

static bool load(const char *key, void *value, size_t size) {
  size_t length = size;
  return nvs_get_blob(store(), key, value, &length) == ESP_OK && length == size;
}

static bool save(const char *key, const void *value, size_t size) {
  return nvs_set_blob(store(), key, value, size) == ESP_OK && nvs_commit(store()) == ESP_OK;
}

static void forget(const char *key) {
  if (nvs_erase_key(store(), key) == ESP_OK) nvs_commit(store());
}

static bool save_job(void) { return save("job", &job, sizeof job); }

static void end_job(void) {
  has_job = false;
  forget("job");
}

// Slots

static const esp_partition_t *running(void) { return esp_ota_get_running_partition(); }
static const esp_partition_t *inactive(void) { return esp_ota_get_next_update_partition(NULL); }

// What a slot holds: written after its hash was verified, removed before it is overwritten.
static bool image_of(const esp_partition_t *slot, image_t *image) {
  return load(slot->label, image, sizeof *image);
}

static bool hash_of(const esp_partition_t *slot, uint32_t size, uint8_t out[32]) {
  static uint8_t bytes[1024];
  mbedtls_sha256_context hash;
  mbedtls_sha256_init(&hash);
  mbedtls_sha256_starts(&hash, 0);
  bool ok = size <= slot->size;
  for (uint32_t at = 0; ok && at < size; at += sizeof bytes) {
    uint32_t length = size - at < sizeof bytes ? size - at : sizeof bytes;
    ok = esp_partition_read(slot, at, bytes, length) == ESP_OK;
    if (ok) mbedtls_sha256_update(&hash, bytes, length);
  }
  mbedtls_sha256_finish(&hash, out);
  mbedtls_sha256_free(&hash);
  return ok;
}

static bool holds(const esp_partition_t *slot, const image_t *image) {
  uint8_t found[32];
  return hash_of(slot, image->size, found) && memcmp(found, image->sha256, 32) == 0;
}

static void to_hex(const uint8_t *bytes, char out[65]) {
  for (int n = 0; n < 32; n++) snprintf(out + 2 * n, 3, "%02x", bytes[n]);
}

static bool from_hex(const char *text, uint8_t out[32]) {
  if (text == NULL || strlen(text) != 64) return false;
  for (int n = 0; n < 64; n++) {
    char c = text[n];
    int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) return false;
    out[n / 2] = (uint8_t)(n % 2 ? out[n / 2] | digit : digit << 4);
  }
  return true;
}

// Reports

static int send(const char *json) {
  char topic[80];
  snprintf(topic, sizeof topic, "$aws/rules/godwit_updates/updates/%s", config.device_id);
  return config.publish(topic, json);
}

static void report(const char *release, const char *state, const char *more) {
  char json[256];
  snprintf(json, sizeof json, "{\"release\":\"%s\",\"state\":\"%s\"%s}", release, state, more);
  if (is_connected) send(json);
}

// A result is stored until its PUBACK.
static void send_result(void) {
  char json[256];
  if (load("report", json, sizeof json)) report_id = send(json);
}

static void result(const char *release, const char *state, const char *more) {
  char json[256] = {0};
  snprintf(json, sizeof json, "{\"release\":\"%s\",\"state\":\"%s\"%s}", release, state, more);
  save("report", json, sizeof json);
  if (is_connected) send_result();
}

static void fail(const char *release, const char *code) {
  char more[64];
  snprintf(more, sizeof more, ",\"error\":\"%s\"", code);
  result(release, "failed", more);
}

static void request_url(const char *release) {
  char json[128];
  snprintf(json, sizeof json, "{\"request\":\"url\",\"release\":\"%s\"}", release);
  if (is_connected) send(json);
}

// Signed documents

static const char *text_of(const cJSON *object, const char *name) {
  return cJSON_GetStringValue(cJSON_GetObjectItem(object, name));
}

// Returns false unless the field is a whole number from 0 to UINT32_MAX.
static bool number_of(const cJSON *object, const char *name, uint32_t *out) {
  const cJSON *item = cJSON_GetObjectItem(object, name);
  if (!cJSON_IsNumber(item) || item->valuedouble < 0 || item->valuedouble > UINT32_MAX) return false;
  *out = (uint32_t)item->valuedouble;
  return *out == item->valuedouble;
}

// ISO 8601 in UTC, as the tool writes it: 2027-01-31T12:00:00.000Z. Returns 0 for anything else.
static int64_t time_of(const char *text) {
  int y, mo, d, h, mi, s;
  if (text == NULL || sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d", &y, &mo, &d, &h, &mi, &s) != 6) return 0;
  if (text[strlen(text) - 1] != 'Z' || mo < 1 || mo > 12) return 0;
  y -= mo <= 2;                                    // days since 1970 of the civil calendar
  int era = y / 400, year = y - era * 400, day = (153 * (mo + (mo > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  int64_t days = era * 146097LL + year * 365 + year / 4 - year / 100 + day - 719468;
  return days * 86400 + h * 3600 + mi * 60 + s;
}

// Verifies an envelope: `threshold` distinct keys have signed. Returns its payload, or NULL.
static cJSON *open_envelope(const cJSON *envelope, const char *type, const key_document_t *by) {
  const char *payload_type = text_of(envelope, "payloadType");
  const char *payload = text_of(envelope, "payload");
  const cJSON *signatures = cJSON_GetObjectItem(envelope, "signatures");
  if (!payload_type || !payload || strcmp(payload_type, type) != 0) return NULL;
  static unsigned char signed_bytes[128 + DOCUMENT_MAX], body[DOCUMENT_MAX];
  size_t length = 0;
  if (mbedtls_base64_decode(body, sizeof body, &length, (const unsigned char *)payload,
                            strlen(payload)) != 0) return NULL;
  int head = snprintf((char *)signed_bytes, 128, "DSSEv1 %zu %s %zu ", strlen(type), type, length);
  memcpy(signed_bytes + head, body, length);
  int signers = 0;
  for (int n = 0; n < by->count; n++) {
    const cJSON *each;
    bool has_signed = false;
    cJSON_ArrayForEach(each, signatures) {
      const char *id = text_of(each, "keyid"), *sig = text_of(each, "sig");
      unsigned char bytes[64];
      size_t size = 0;
      if (!id || !sig || strcmp(id, by->keys[n].id) != 0) continue;
      if (mbedtls_base64_decode(bytes, sizeof bytes, &size, (const unsigned char *)sig,
                                strlen(sig)) != 0 || size != 64) continue;
      has_signed |= crypto_sign_verify_detached(bytes, signed_bytes, head + length,
                                                by->keys[n].raw) == 0;
    }
    signers += has_signed;
  }
  if (signers < by->threshold) return NULL;
  return cJSON_ParseWithLength((const char *)body, length);
}

static const char keys_type[] = "application/vnd.godwit.firmware-keys+json";

// Reads the keys of a document without a check of its signatures.
static bool read_keys(const cJSON *envelope, key_document_t *out) {
  static unsigned char body[DOCUMENT_MAX];
  const char *payload = text_of(envelope, "payload");
  size_t length = 0;
  memset(out, 0, sizeof *out);
  if (payload == NULL || mbedtls_base64_decode(body, sizeof body, &length,
                                               (const unsigned char *)payload, strlen(payload)) != 0) return false;
  cJSON *json = cJSON_ParseWithLength((const char *)body, length);
  uint32_t product, number, threshold;
  bool ok = number_of(json, "product", &product) && number_of(json, "number", &number) &&
            number_of(json, "threshold", &threshold) && threshold > 0 && number > 0;
  const cJSON *each, *expires = cJSON_GetObjectItem(json, "expires");
  if (ok) {
    out->product = (int)product, out->number = (int)number, out->threshold = (int)threshold;
    out->expires = expires ? time_of(cJSON_GetStringValue(expires)) : 0;
    if (expires && out->expires == 0) ok = false;
  }
  cJSON_ArrayForEach(each, cJSON_GetObjectItem(json, "keys")) {
    const char *id = text_of(each, "id"), *raw = text_of(each, "public");
    uint8_t hash[32], expected[32];
    if (!ok || out->count == KEYS_MAX || !from_hex(id, expected) || !raw) { ok = false; break; }
    signing_key_t *key = &out->keys[out->count++];
    ok = mbedtls_base64_decode(key->raw, 32, &length, (const unsigned char *)raw, strlen(raw)) == 0 &&
         length == 32 && mbedtls_sha256(key->raw, 32, hash, 0) == 0 && memcmp(hash, expected, 32) == 0;
    if (ok) strcpy(key->id, id);
    for (int n = 0; ok && n < out->count - 1; n++) ok = strcmp(out->keys[n].id, id) != 0;
  }
  cJSON_Delete(json);
  return ok && out->threshold <= out->count;
}

static bool is_signed(const cJSON *envelope, const key_document_t *by) {
  cJSON *payload = open_envelope(envelope, keys_type, by);
  cJSON_Delete(payload);
  return payload != NULL;
}

static bool load_keys(const char *json) {
  static key_document_t document;
  cJSON *envelope = cJSON_Parse(json);
  bool ok = read_keys(envelope, &document) && is_signed(envelope, &document) &&
            document.product == config.product;
  if (ok && document.number > keys.number) keys = document;
  cJSON_Delete(envelope);
  return ok;
}

// Walks to the newest key document: each is signed by the one before it and by itself.
static bool walk_keys(const cJSON *documents) {
  static key_document_t next;
  const cJSON *each;
  cJSON_ArrayForEach(each, documents) {
    if (!read_keys(each, &next) || next.product != config.product) return false;
    if (next.number <= keys.number) continue;
    if (next.number != keys.number + 1 || !is_signed(each, &keys) || !is_signed(each, &next)) return false;
    char *json = cJSON_PrintUnformatted(each);
    if (json == NULL || strlen(json) >= ENVELOPE_MAX) { free(json); return false; }
    bool ok = save("keys", json, strlen(json) + 1);
    free(json);
    if (!ok) return false;
    keys = next;
  }
  return true;
}

// Offers

// Verifies an offer. Returns NULL and its image, or the code of the failure.
static const char *verify(const cJSON *offer, image_t *image, int64_t *expires) {
  const cJSON *envelope = cJSON_GetObjectItem(offer, "manifest");
  if (envelope == NULL || cJSON_IsNull(envelope)) return "unsigned";
  if (!walk_keys(cJSON_GetObjectItem(offer, "keys"))) return "wrong_signature";
  cJSON *manifest = open_envelope(envelope, "application/vnd.godwit.firmware+json", &keys);
  if (manifest == NULL) return "wrong_signature";
  uint32_t product, minimum = 0, offered, installed = 0;
  image_t current = {0};
  image_of(running(), &current);
  load("sequence", &installed, sizeof installed);
  const cJSON *platform = cJSON_GetObjectItem(manifest, "platform");
  const char *code = NULL;
  *expires = time_of(text_of(manifest, "expires"));
  if (!number_of(manifest, "product", &product) || !number_of(manifest, "version", &image->version) ||
      !number_of(manifest, "size", &image->size) || !number_of(manifest, "sequence", &image->sequence) ||
      !from_hex(text_of(manifest, "sha256"), image->sha256) || *expires == 0 || image->size == 0) {
    code = "wrong_signature";
  } else if ((int)product != config.product) {
    code = "wrong_product";
  } else if (platform && (!cJSON_IsString(platform) ||
                          strcmp(platform->valuestring, config.platform) != 0)) {
    code = "wrong_platform";
  } else if (*expires <= time(NULL) || (keys.expires && keys.expires <= time(NULL))) {
    code = "expired";
  } else if ((number_of(offer, "version", &offered) && offered != image->version) ||
             (cJSON_GetObjectItem(manifest, "minimum_version") &&
              (!number_of(manifest, "minimum_version", &minimum) || current.version < minimum))) {
    code = "wrong_version";
  } else if (image->sequence < installed) {
    code = "older";
  } else if (image->size > inactive()->size) {
    code = "too_large";
  }
  cJSON_Delete(manifest);
  return code;
}

static void take_url(const cJSON *offer) {
  const char *given = text_of(offer, "url");
  url[0] = '\0';
  if (given && strncmp(given, "https://", 8) == 0 && strlen(given) < sizeof url) strcpy(url, given);
}

static void on_offer(const cJSON *offer, const char *release) {
  const cJSON *delay = cJSON_GetObjectItem(offer, "delay");
  const char *reason = "not now";
  image_t image = {0}, other;
  int64_t expires = 0;
  if (on_trial) return;                            // the cloud offers it again
  if (time(NULL) < CLOCK_VALID) return result(release, "deferred", ",\"reason\":\"no clock\"");
  int before = keys.number;
  const char *code = verify(offer, &image, &expires);
  if (code && strcmp(code, "wrong_signature") == 0 && keys.number > before && config.hello) {
    // There are more key documents than fit into an offer: the hello names the last one.
    config.hello();
    return request_url(release);
  }
  if (code != NULL) return fail(release, code);
  if (has_job && strcmp(job.release, release) == 0 && memcmp(&job.image, &image, sizeof image) == 0) {
    return take_url(offer);                        // a fresh URL
  }
  if (image_of(running(), &other) && memcmp(other.sha256, image.sha256, 32) == 0) {
    return result(release, "confirmed", "");
  }
  if (!cJSON_IsTrue(cJSON_GetObjectItem(offer, "forced")) && config.accepts &&
      !config.accepts((int)image.version, &reason)) {
    char more[160];
    snprintf(more, sizeof more, ",\"reason\":\"%.100s\"", reason);
    return result(release, "deferred", more);
  }
  bool is_resumed = has_job && !job.is_rollback && memcmp(&job.image, &image, sizeof image) == 0;
  uint32_t written = is_resumed ? job.written : 0;
  // After a rollback, the other slot may hold the image already.
  if (image_of(inactive(), &other) && memcmp(&other, &image, sizeof image) == 0) {
    written = (image.size + SECTOR - 1) / SECTOR * SECTOR;
  }
  memset(&job, 0, sizeof job);
  strcpy(job.release, release);
  job.image = image, job.expires = expires, job.written = written;
  if (!save_job()) return fail(release, "write_failed");
  has_job = true, failures = 0;
  double ms = cJSON_IsNumber(delay) ? delay->valuedouble : 0;
  delay_ms = (uint32_t)(ms <= 0 ? 0 : (ms > 86400000 ? 86400000 : ms) / UINT32_MAX * esp_random());
  take_url(offer);
  report(release, "accepted", "");
}

// Download

static bool write_bytes(const esp_partition_t *slot, uint32_t at, const char *bytes, int length) {
  while (length > 0) {
    if (at % SECTOR == 0 && esp_partition_erase_range(slot, at, SECTOR) != ESP_OK) return false;
    int part = (int)(SECTOR - at % SECTOR) < length ? (int)(SECTOR - at % SECTOR) : length;
    if (esp_partition_write(slot, at, bytes, (size_t)part) != ESP_OK) return false;
    at += (uint32_t)part, bytes += part, length -= part;
  }
  return true;
}

typedef enum { DONE, INTERRUPTED, REFUSED, WRITE_FAILED, CHANGED } download_t;

static download_t download(const esp_partition_t *slot) {
  char range[40], more[40];
  static char bytes[1024];
  esp_http_client_config_t http = {
    .url = url, .timeout_ms = 30000, .crt_bundle_attach = esp_crt_bundle_attach,
    .buffer_size_tx = sizeof url + 256, .disable_auto_redirect = true,
  };
  esp_http_client_handle_t client = esp_http_client_init(&http);
  if (client == NULL) return INTERRUPTED;
  snprintf(range, sizeof range, "bytes=%" PRIu32 "-", job.written);
  esp_http_client_set_header(client, "Range", range);
  download_t end = INTERRUPTED;
  uint32_t at = job.written, from = at;
  if (esp_http_client_open(client, 0) == ESP_OK) {
    int64_t length = esp_http_client_fetch_headers(client);
    int status = esp_http_client_get_status_code(client);
    if (status == 200) at = 0;                     // it ignores the range
    if (status != 200 && status != 206) {
      end = REFUSED;
      snprintf(more, sizeof more, ",\"status\":%d", status);
      report(job.release, "unavailable", more);
      if (status < 500 && status != 429) url[0] = '\0';  // request a fresh one
    } else if (length != (int64_t)job.image.size - at) {
      end = CHANGED;
    } else {
      snprintf(more, sizeof more, ",\"offset\":%" PRIu32, at);
      report(job.release, "downloading", more);
      int read;
      while (at < job.image.size && (read = esp_http_client_read(client, bytes, sizeof bytes)) > 0) {
        if (!write_bytes(slot, at, bytes, read)) { end = WRITE_FAILED; break; }
        at += (uint32_t)read;
        failures = 0;
        if (at / CHECKPOINT == job.written / CHECKPOINT) continue;
        job.written = at / SECTOR * SECTOR;
        if (!save_job()) { end = WRITE_FAILED; break; }
      }
      if (at >= job.image.size) end = DONE;
      // The sector in which it ended is erased and written again.
      if (end == INTERRUPTED) job.written = at / SECTOR * SECTOR;
    }
  }
  esp_http_client_cleanup(client);
  if (end == INTERRUPTED && at == from) url[0] = '\0';  // its region may be lost: request a fresh one
  return end;
}

static void restart(void) {
  vTaskDelay(pdMS_TO_TICKS(1000));                 // for the last report
  esp_restart();
}

static void activate(const char *code_if_damaged) {
  const esp_partition_t *slot = inactive();
  char release[65];
  strcpy(release, job.release);
  if (!holds(slot, &job.image)) {
    if (job.is_rollback || ++job.wrong_hashes >= 2) {
      end_job();
      return fail(release, code_if_damaged);
    }
    forget(slot->label);
    job.written = 0;                               // once more
    save_job();
    return;
  }
  report(job.release, "verified", "");
  job.is_activated = true;
  if (save(slot->label, &job.image, sizeof job.image) && save_job() &&
      esp_ota_set_boot_partition(slot) == ESP_OK) {
    report(job.release, "restarting", "");
    return restart();
  }
  end_job();
  fail(release, "write_failed");
}

static uint32_t backoff(void) {
  uint32_t bound = failures > 8 ? BACKOFF_CAP_MS : BACKOFF_MS << failures;
  failures++;
  return bound / 2 + esp_random() % (bound / 2);
}

unsigned godwit_update_step(void) {
  if (!has_job || on_trial) return IDLE;
  if (job.is_rollback) { activate("not_supported"); return IDLE; }
  if (delay_ms > 0) { uint32_t ms = delay_ms; delay_ms = 0; return ms; }
  if (job.expires <= time(NULL)) {
    char release[65];
    strcpy(release, job.release);
    end_job();
    fail(release, "expired");
    return IDLE;
  }
  if (job.written >= job.image.size) { activate("wrong_hash"); return 0; }
  const esp_partition_t *slot = inactive();
  if (url[0] == '\0') {
    request_url(job.release);
    return backoff();
  }
  if (job.written == 0) forget(slot->label);
  switch (download(slot)) {
    case DONE:
      job.written = (job.image.size + SECTOR - 1) / SECTOR * SECTOR;
      if (save_job()) return 0;
      // fall through
    case WRITE_FAILED: {
      char release[65];
      strcpy(release, job.release);
      end_job();
      fail(release, "write_failed");
      return IDLE;
    }
    case CHANGED:
      job.written = job.image.size;                // the hash is wrong: start over once
      return 0;
    default:
      return backoff();
  }
}

// Trial and rollback

static void roll_back(const char *release) {
  char installed[65] = "";
  image_t other;
  load("installed", installed, sizeof installed);
  if (on_trial && has_job && strcmp(job.release, release) == 0) {
    esp_ota_mark_app_invalid_rollback_and_reboot();
    return;
  }
  if (has_job && strcmp(job.release, release) == 0 && !job.is_rollback) {
    end_job();
    return fail(release, "reverted");
  }
  // Only the release that has installed the running image: the command may arrive twice.
  if (strcmp(installed, release) != 0 || !image_of(inactive(), &other)) {
    return fail(release, "not_supported");
  }
  memset(&job, 0, sizeof job);
  strcpy(job.release, release);
  job.is_rollback = true, job.image = other;
  has_job = save_job();
  if (!has_job) fail(release, "write_failed");
}

void godwit_update_trial_over(void) {
  if (on_trial) esp_ota_mark_app_invalid_rollback_and_reboot();
}

void godwit_update_hello_acknowledged(void) {
  is_first_hello = false, is_connected = true;
  send_result();
  image_t image = {0};
  bool is_new = has_job && job.is_activated && image_of(running(), &image) &&
                memcmp(&image, &job.image, sizeof image) == 0;
  if (on_trial) {
    if (config.healthy && !config.healthy()) return godwit_update_trial_over();
    if (esp_ota_mark_app_valid_cancel_rollback() != ESP_OK) return;
    on_trial = false;
  }
  if (!is_new) return;
  uint32_t sequence = 0;
  load("sequence", &sequence, sizeof sequence);
  if (image.sequence > sequence) save("sequence", &image.sequence, sizeof image.sequence);
  char installed[65] = "";
  if (!job.is_rollback) strcpy(installed, job.release);
  save("installed", installed, sizeof installed);
  result(job.release, "confirmed", "");
  end_job();
}

void godwit_update_acknowledged(int message_id) {
  if (message_id == report_id && message_id >= 0) { report_id = -1; forget("report"); }
}

// Start

void godwit_update_start(const godwit_update_config_t *given) {
  static char stored[ENVELOPE_MAX];
  config = *given;
  memset(&keys, 0, sizeof keys);
  load_keys(config.keys);
  size_t length = sizeof stored - 1;
  if (nvs_get_blob(store(), "keys", stored, &length) == ESP_OK) {
    stored[length] = '\0';
    load_keys(stored);
  }
  esp_ota_img_states_t state;
  on_trial = esp_ota_get_state_partition(running(), &state) == ESP_OK &&
             state == ESP_OTA_IMG_PENDING_VERIFY;
  is_first_hello = true, is_connected = false;
  has_job = load("job", &job, sizeof job);
  image_t image;
  if (!has_job || !job.is_activated) return;
  if (image_of(running(), &image) && memcmp(&image, &job.image, sizeof image) == 0) return;
  // The new image does not run: it was reverted, or the power was lost before it was activated.
  const esp_partition_t *invalid = esp_ota_get_last_invalid_partition();
  if (invalid != NULL && invalid == inactive()) {
    char release[65];
    strcpy(release, job.release);
    end_job();
    fail(release, "reverted");
  }
}

int godwit_update_hello(char *out, size_t size) {
  image_t image;
  char hex[65];
  int used = snprintf(out, size, ",\"slots\":2,\"keys\":%d,\"platform\":\"%s\"", keys.number, config.platform);
  if (image_of(running(), &image) && used < (int)size) {
    to_hex(image.sha256, hex);
    used += snprintf(out + used, size - (size_t)used, ",\"image\":\"%s\"", hex);
  }
  if (image_of(inactive(), &image) && used < (int)size) {
    to_hex(image.sha256, hex);
    used += snprintf(out + used, size - (size_t)used, ",\"other\":\"%s\"", hex);
  }
  if (is_first_hello && on_trial && used < (int)size) {
    used += snprintf(out + used, size - (size_t)used, ",\"reset\":\"update\"");
  }
  return used;
}

bool godwit_update_command(const cJSON *control) {
  const char *command = text_of(control, "command"), *release = text_of(control, "release");
  if (command == NULL || release == NULL || release[0] == '\0' || strlen(release) > 64 ||
      strpbrk(release, "\"\\")) return false;
  if (strcmp(command, "update") == 0) on_offer(control, release);
  else if (strcmp(command, "rollback") == 0) roll_back(release);
  else if (strcmp(command, "cancel_update") == 0) {
    if (has_job && !job.is_activated && strcmp(job.release, release) == 0) end_job();
  } else return false;
  return true;
}
