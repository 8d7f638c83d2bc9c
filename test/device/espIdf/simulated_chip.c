// A chip with two OTA partitions, NVS and a boot loader, in a file: one process is one boot. The
// power can be cut at each change of the flash. Usage:
//   chip STATE --install IMAGE VERSION     writes the first image and formats the chip
//   chip STATE [cut=N] [drop=N] [flip=N] [healthy=0] [crash=1] offer=FILE image=FILE keys=FILE valid=FILE
// Exit codes: 0 nothing more to do, 10 restarted, 11 the power was cut, 12 no complete image boots.
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "esp_stubs.h"
#include "godwit_update.h"

#define SLOT (64 * 1024)
#define KEYS 16
typedef struct { char key[16]; size_t length; unsigned char value[13000]; } entry_t;
typedef struct {
  unsigned char slot[2][SLOT];
  entry_t nvs[KEYS];
  // otadata: which slot boots, and the state of each image.
  int boot, state[2];
  // Only for the check of the boot loader: what was installed or verified.
  uint32_t flips;
} chip_t;

static chip_t *chip;
static int current, cut = -1, drop = -1, flip = -1, changes;
static const char *valid_file, *image_file;
static bool healthy = true, crash;

// Returns false, with the change done in part, when the power is cut during it.
static void change(void (*part)(void *), void *argument) {
  changes++;
  if (cut != changes) return;
  if (part) part(argument);
  _exit(11);
}

// Flash

static const esp_partition_t partitions[2] = {{"ota_0", SLOT}, {"ota_1", SLOT}};
static int index_of(const esp_partition_t *p) { return p == &partitions[1]; }
typedef struct { unsigned char *to; const unsigned char *from; size_t size; } copy_t;
static void half(void *argument) {
  copy_t *copy = argument;
  for (size_t n = 0; n < copy->size / 2; n++) copy->to[n] = copy->from ? copy->to[n] & copy->from[n] : 0xff;
}
esp_err_t esp_partition_read(const esp_partition_t *p, size_t at, void *out, size_t size) {
  if (at + size > SLOT) return ESP_FAIL;
  memcpy(out, chip->slot[index_of(p)] + at, size);
  return ESP_OK;
}
esp_err_t esp_partition_write(const esp_partition_t *p, size_t at, const void *in, size_t size) {
  if (at + size > SLOT || index_of(p) == current) return ESP_FAIL;
  unsigned char *to = chip->slot[index_of(p)] + at;
  copy_t copy = {to, in, size};
  change(half, &copy);
  // Flash clears bits; only an erase sets them.
  for (size_t n = 0; n < size; n++) to[n] &= ((const unsigned char *)in)[n];
  return ESP_OK;
}
esp_err_t esp_partition_erase_range(const esp_partition_t *p, size_t at, size_t size) {
  if (at % 4096 || size % 4096 || at + size > SLOT || index_of(p) == current) return ESP_FAIL;
  copy_t copy = {chip->slot[index_of(p)] + at, NULL, size};
  change(half, &copy);
  memset(copy.to, 0xff, size);
  return ESP_OK;
}
const esp_partition_t *esp_ota_get_running_partition(void) { return &partitions[current]; }
const esp_partition_t *esp_ota_get_next_update_partition(const esp_partition_t *from) {
  (void)from;
  return &partitions[!current];
}
const esp_partition_t *esp_ota_get_last_invalid_partition(void) {
  int state = chip->state[!current];
  return state == ESP_OTA_IMG_ABORTED || state == ESP_OTA_IMG_INVALID ? &partitions[!current] : NULL;
}
esp_err_t esp_ota_get_state_partition(const esp_partition_t *p, esp_ota_img_states_t *state) {
  *state = (esp_ota_img_states_t)chip->state[index_of(p)];
  return ESP_OK;
}
esp_err_t esp_ota_set_boot_partition(const esp_partition_t *p) {
  change(NULL, NULL);
  chip->state[index_of(p)] = ESP_OTA_IMG_NEW;
  chip->boot = index_of(p);
  return ESP_OK;
}
esp_err_t esp_ota_mark_app_valid_cancel_rollback(void) {
  change(NULL, NULL);
  chip->state[current] = ESP_OTA_IMG_VALID;
  return ESP_OK;
}
void esp_restart(void) { exit(10); }
esp_err_t esp_ota_mark_app_invalid_rollback_and_reboot(void) {
  change(NULL, NULL);
  chip->state[current] = ESP_OTA_IMG_INVALID;
  chip->boot = !current;
  esp_restart();
}

// The boot loader: an image that was started once and not confirmed is not started again.
static void boot(void) {
  if (chip->state[chip->boot] == ESP_OTA_IMG_PENDING_VERIFY) {
    chip->state[chip->boot] = ESP_OTA_IMG_ABORTED;
    chip->boot = !chip->boot;
  }
  if (chip->state[chip->boot] == ESP_OTA_IMG_NEW) chip->state[chip->boot] = ESP_OTA_IMG_PENDING_VERIFY;
  current = chip->boot;
}

// NVS: a value is replaced atomically.

static entry_t *find(const char *key) {
  for (int n = 0; n < KEYS; n++) if (strcmp(chip->nvs[n].key, key) == 0) return &chip->nvs[n];
  return NULL;
}
esp_err_t nvs_open(const char *name, nvs_open_mode_t mode, nvs_handle_t *out) {
  (void)name, (void)mode;
  *out = 1;
  return ESP_OK;
}
esp_err_t nvs_get_blob(nvs_handle_t handle, const char *key, void *out, size_t *length) {
  (void)handle;
  entry_t *entry = find(key);
  if (!entry || entry->length > *length) return ESP_FAIL;
  memcpy(out, entry->value, entry->length);
  *length = entry->length;
  return ESP_OK;
}
esp_err_t nvs_set_blob(nvs_handle_t handle, const char *key, const void *value, size_t length) {
  (void)handle;
  entry_t *entry = find(key) ? find(key) : find("");
  if (!entry || length > sizeof entry->value || strlen(key) > 15) return ESP_FAIL;
  change(NULL, NULL);
  memcpy(entry->value, value, length);
  entry->length = length;
  strcpy(entry->key, key);
  return ESP_OK;
}
esp_err_t nvs_erase_key(nvs_handle_t handle, const char *key) {
  (void)handle;
  entry_t *entry = find(key);
  if (!entry) return ESP_FAIL;
  change(NULL, NULL);
  memset(entry, 0, sizeof *entry);
  return ESP_OK;
}
esp_err_t nvs_commit(nvs_handle_t handle) { (void)handle; return ESP_OK; }

// HTTP: a server with range requests, whose connection drops or whose data change once.

static char *read_file(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  if (!file) { perror(path); exit(1); }
  char *text = calloc(1, 300000);
  *length = fread(text, 1, 299999, file);
  fclose(file);
  return text;
}
struct esp_http_client { char *image; size_t size, at; bool is_open; };
esp_err_t esp_crt_bundle_attach(void *conf) { (void)conf; return ESP_OK; }
esp_http_client_handle_t esp_http_client_init(const esp_http_client_config_t *config) {
  if (strncmp(config->url, "https://", 8) != 0) return NULL;
  esp_http_client_handle_t c = calloc(1, sizeof *c);
  c->image = read_file(image_file, &c->size);
  if (flip >= 0) { c->image[flip] ^= 1; flip = -1; }
  return c;
}
esp_err_t esp_http_client_set_header(esp_http_client_handle_t c, const char *key, const char *value) {
  if (strcmp(key, "Range") == 0) c->at = strtoul(value + strlen("bytes="), NULL, 10);
  return ESP_OK;
}
esp_err_t esp_http_client_open(esp_http_client_handle_t c, int length) { (void)c, (void)length; return ESP_OK; }
int64_t esp_http_client_fetch_headers(esp_http_client_handle_t c) { return (int64_t)(c->size - c->at); }
int esp_http_client_get_status_code(esp_http_client_handle_t c) { return c->at > c->size ? 416 : 206; }
int esp_http_client_read(esp_http_client_handle_t c, char *out, int length) {
  size_t left = c->size - c->at;
  int part = left < (size_t)length ? (int)left : length;
  if (drop >= 0) {
    if (part > drop) part = drop;
    drop -= part;
    if (part == 0) { drop = -1; return -1; }
  }
  memcpy(out, c->image + c->at, (size_t)part);
  c->at += (size_t)part;
  return part;
}
esp_err_t esp_http_client_cleanup(esp_http_client_handle_t c) { free(c->image); free(c); return ESP_OK; }

// Time and chance

uint32_t esp_random(void) { return 1u << 31; }
int64_t esp_timer_get_time(void) { return 0; }
void vTaskDelay(uint32_t ticks) { (void)ticks; }

// Signatures: `valid` lists those that the test has made, as key, SHA-256 of the message, signature.

static void hex(const unsigned char *in, size_t size, char *out) {
  for (size_t n = 0; n < size; n++) sprintf(out + 2 * n, "%02x", in[n]);
}
int crypto_sign_verify_detached(const unsigned char *sig, const unsigned char *m, unsigned long long length,
                                const unsigned char *key) {
  unsigned char hash[32];
  char line[300], k[65], h[65], s[129], expected[300];
  mbedtls_sha256(m, length, hash, 0);
  hex(key, 32, k), hex(hash, 32, h), hex(sig, 64, s);
  snprintf(expected, sizeof expected, "%s %s %s\n", k, h, s);
  FILE *file = fopen(valid_file, "r");
  int found = -1;
  while (file && fgets(line, sizeof line, file)) if (strcmp(line, expected) == 0) found = 0;
  if (file) fclose(file);
  return found;
}

// The application

static int published;
static bool is_url_requested;
static int publish(const char *topic, const char *payload) {
  (void)topic;
  if (strstr(payload, "\"request\":\"url\"")) is_url_requested = true;
  printf("%s\n", payload);
  return ++published;
}
static void acknowledge_all(void) {
  for (int id = 1; id <= published; id++) godwit_update_acknowledged(id);
}
static void say_hello(void) { printf("{\"hello_again\":true}\n"); }
static bool is_healthy(void) { return healthy; }

static const char *option(int count, char **list, const char *name) {
  size_t length = strlen(name);
  for (int n = 2; n < count; n++) {
    if (strncmp(list[n], name, length) == 0 && list[n][length] == '=') return list[n] + length + 1;
  }
  return NULL;
}
static int number(int count, char **list, const char *name, int fallback) {
  const char *value = option(count, list, name);
  return value ? atoi(value) : fallback;
}

static void install(const char *file, uint32_t version) {
  struct { uint8_t sha256[32]; uint32_t size, version, sequence; } image = {.version = version, .sequence = version};
  size_t size;
  char *bytes = read_file(file, &size);
  memset(chip, 0, sizeof *chip);
  memset(chip->slot, 0xff, sizeof chip->slot);
  memcpy(chip->slot[0], bytes, size);
  image.size = (uint32_t)size;
  mbedtls_sha256((unsigned char *)bytes, size, image.sha256, 0);
  chip->state[0] = ESP_OTA_IMG_VALID, chip->state[1] = ESP_OTA_IMG_UNDEFINED;
  nvs_set_blob(1, "ota_0", &image, sizeof image);
}

// Whether the slot that boots holds what NVS says.
static bool boots_complete_image(void) {
  struct { uint8_t sha256[32]; uint32_t size, version, sequence; } image;
  size_t length = sizeof image;
  unsigned char hash[32];
  if (nvs_get_blob(1, partitions[current].label, &image, &length) != ESP_OK) return false;
  mbedtls_sha256(chip->slot[current], image.size, hash, 0);
  return memcmp(hash, image.sha256, 32) == 0;
}

// The cloud sends an offer, also when the device requests a fresh URL.
static void receive(const char *offer) {
  size_t length;
  cJSON *json = cJSON_Parse(read_file(offer, &length));
  if (!godwit_update_command(json)) printf("{\"ignored\":true}\n");
  cJSON_Delete(json);
  acknowledge_all();
}

int main(int count, char **list) {
  setvbuf(stdout, NULL, _IONBF, 0);
  int file = open(list[1], O_RDWR | O_CREAT, 0600);
  if (file < 0 || ftruncate(file, sizeof *chip) != 0) return 1;
  chip = mmap(NULL, sizeof *chip, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (count > 4 && strcmp(list[2], "--install") == 0) {
    install(list[3], (uint32_t)atoi(list[4]));
    return 0;
  }
  boot();
  if (!boots_complete_image()) return 12;
  cut = number(count, list, "cut", -1), drop = number(count, list, "drop", -1);
  flip = number(count, list, "flip", -1), healthy = number(count, list, "healthy", 1);
  crash = number(count, list, "crash", 0), valid_file = option(count, list, "valid");
  image_file = option(count, list, "image");
  if (crash && chip->state[current] == ESP_OTA_IMG_PENDING_VERIFY) return 10;
  size_t length;
  const godwit_update_config_t config = {
    .device_id = "0123456789abcdef01234567", .product = 7, .platform = "esp32",
    .keys = read_file(option(count, list, "keys"), &length), .publish = publish, .hello = say_hello, .healthy = is_healthy,
  };
  char hello[512];
  godwit_update_start(&config);
  godwit_update_hello(hello, sizeof hello);
  printf("{\"hello\":true%s}\n", hello);
  godwit_update_hello_acknowledged();
  acknowledge_all();
  const char *offer = option(count, list, "offer");
  if (offer) receive(offer);
  for (int steps = 0; steps < 100 && godwit_update_step() != UINT32_MAX; steps++) {
    if (offer && is_url_requested) receive(offer);
    is_url_requested = false;
  }
  return 0;
}
