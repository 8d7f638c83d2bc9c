// Declarations of ESP-IDF, FreeRTOS, cJSON and libsodium that the sketches use, for the compiler of
// this machine. Signatures as documented by Espressif for ESP-IDF 5.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

typedef int esp_err_t;
#define ESP_OK 0
#define ESP_FAIL -1
#define ESP_ERROR_CHECK(x) do { if ((x) != ESP_OK) abort(); } while (0)
uint32_t esp_random(void);
int64_t esp_timer_get_time(void);
void esp_restart(void) __attribute__((noreturn));
void vTaskDelay(uint32_t ticks);
#define pdMS_TO_TICKS(ms) (ms)
#define portMAX_DELAY UINT32_MAX
typedef uint32_t TickType_t;
typedef struct queue *QueueHandle_t;
QueueHandle_t xQueueCreate(uint32_t length, uint32_t size);
int xQueueSend(QueueHandle_t queue, const void *item, TickType_t wait);
int xQueueReceive(QueueHandle_t queue, void *item, TickType_t wait);
int xTaskCreate(void (*task)(void *), const char *name, uint32_t stack, void *argument, uint32_t priority,
                void *handle);
typedef struct esp_timer *esp_timer_handle_t;
typedef struct { void (*callback)(void *); const char *name; } esp_timer_create_args_t;
esp_err_t esp_timer_create(const esp_timer_create_args_t *args, esp_timer_handle_t *out);
esp_err_t esp_timer_start_once(esp_timer_handle_t timer, uint64_t microseconds);

typedef struct cJSON {
  struct cJSON *next, *child;
  int type;
  char *valuestring, *string;
  double valuedouble;
} cJSON;
cJSON *cJSON_Parse(const char *text);
cJSON *cJSON_ParseWithLength(const char *text, size_t length);
void cJSON_Delete(cJSON *json);
cJSON *cJSON_GetObjectItem(const cJSON *object, const char *name);
char *cJSON_GetStringValue(const cJSON *item);
char *cJSON_PrintUnformatted(const cJSON *item);
bool cJSON_IsNumber(const cJSON *item);
bool cJSON_IsString(const cJSON *item);
bool cJSON_IsTrue(const cJSON *item);
bool cJSON_IsNull(const cJSON *item);
bool cJSON_IsObject(const cJSON *item);
#define cJSON_ArrayForEach(e, array) for (e = (array) ? (array)->child : NULL; e != NULL; e = e->next)

typedef struct { const char *label; uint32_t size; } esp_partition_t;
esp_err_t esp_partition_read(const esp_partition_t *p, size_t offset, void *out, size_t size);
esp_err_t esp_partition_write(const esp_partition_t *p, size_t offset, const void *in, size_t size);
esp_err_t esp_partition_erase_range(const esp_partition_t *p, size_t offset, size_t size);
typedef enum { ESP_OTA_IMG_NEW, ESP_OTA_IMG_PENDING_VERIFY, ESP_OTA_IMG_VALID, ESP_OTA_IMG_INVALID,
               ESP_OTA_IMG_ABORTED, ESP_OTA_IMG_UNDEFINED = -1 } esp_ota_img_states_t;
const esp_partition_t *esp_ota_get_running_partition(void);
const esp_partition_t *esp_ota_get_next_update_partition(const esp_partition_t *from);
const esp_partition_t *esp_ota_get_last_invalid_partition(void);
esp_err_t esp_ota_get_state_partition(const esp_partition_t *p, esp_ota_img_states_t *state);
esp_err_t esp_ota_set_boot_partition(const esp_partition_t *p);
esp_err_t esp_ota_mark_app_valid_cancel_rollback(void);
esp_err_t esp_ota_mark_app_invalid_rollback_and_reboot(void);

typedef uint32_t nvs_handle_t;
typedef enum { NVS_READONLY, NVS_READWRITE } nvs_open_mode_t;
esp_err_t nvs_open(const char *name, nvs_open_mode_t mode, nvs_handle_t *out);
esp_err_t nvs_get_blob(nvs_handle_t handle, const char *key, void *out, size_t *length);
esp_err_t nvs_set_blob(nvs_handle_t handle, const char *key, const void *value, size_t length);
esp_err_t nvs_erase_key(nvs_handle_t handle, const char *key);
esp_err_t nvs_commit(nvs_handle_t handle);

typedef struct esp_http_client *esp_http_client_handle_t;
typedef struct {
  const char *url;
  int timeout_ms, buffer_size_tx;
  esp_err_t (*crt_bundle_attach)(void *conf);
  bool disable_auto_redirect;
} esp_http_client_config_t;
esp_err_t esp_crt_bundle_attach(void *conf);
esp_http_client_handle_t esp_http_client_init(const esp_http_client_config_t *config);
esp_err_t esp_http_client_set_header(esp_http_client_handle_t c, const char *key, const char *value);
esp_err_t esp_http_client_open(esp_http_client_handle_t c, int write_len);
int64_t esp_http_client_fetch_headers(esp_http_client_handle_t c);
int esp_http_client_get_status_code(esp_http_client_handle_t c);
int esp_http_client_read(esp_http_client_handle_t c, char *out, int length);
esp_err_t esp_http_client_cleanup(esp_http_client_handle_t c);

typedef struct { uint32_t h[8]; uint64_t bytes; unsigned char block[64]; } mbedtls_sha256_context;
void mbedtls_sha256_init(mbedtls_sha256_context *c);
void mbedtls_sha256_free(mbedtls_sha256_context *c);
int mbedtls_sha256_starts(mbedtls_sha256_context *c, int is224);
int mbedtls_sha256_update(mbedtls_sha256_context *c, const unsigned char *in, size_t length);
int mbedtls_sha256_finish(mbedtls_sha256_context *c, unsigned char *out);
int mbedtls_sha256(const unsigned char *in, size_t length, unsigned char *out, int is224);
int mbedtls_base64_decode(unsigned char *out, size_t size, size_t *length, const unsigned char *in,
                          size_t in_length);
int crypto_sign_verify_detached(const unsigned char *sig, const unsigned char *m,
                                unsigned long long length, const unsigned char *key);

typedef struct esp_mqtt_client *esp_mqtt_client_handle_t;
typedef const char *esp_event_base_t;
typedef enum { MQTT_EVENT_CONNECTED, MQTT_EVENT_DISCONNECTED, MQTT_EVENT_DATA, MQTT_EVENT_PUBLISHED,
               MQTT_EVENT_ERROR } esp_mqtt_event_id_t;
typedef struct {
  char *topic, *data;
  int topic_len, data_len, total_data_len, msg_id;
} *esp_mqtt_event_handle_t;
typedef struct {
  struct { struct { const char *uri; } address; struct { const char *certificate; } verification; } broker;
  struct { const char *client_id; struct { const char *certificate, *key; } authentication; } credentials;
  struct { int keepalive; } session;
  struct { bool disable_auto_reconnect; } network;
  struct { int size; } buffer;
} esp_mqtt_client_config_t;
#define ESP_EVENT_ANY_ID -1
esp_mqtt_client_handle_t esp_mqtt_client_init(const esp_mqtt_client_config_t *config);
esp_err_t esp_mqtt_client_register_event(esp_mqtt_client_handle_t c, esp_mqtt_event_id_t event,
    void (*handler)(void *, esp_event_base_t, int32_t, void *), void *argument);
esp_err_t esp_mqtt_client_start(esp_mqtt_client_handle_t c);
esp_err_t esp_mqtt_client_disconnect(esp_mqtt_client_handle_t c);
esp_err_t esp_mqtt_client_destroy(esp_mqtt_client_handle_t c);
int esp_mqtt_client_subscribe_single(esp_mqtt_client_handle_t c, const char *topic, int qos);
int esp_mqtt_client_enqueue(esp_mqtt_client_handle_t c, const char *topic, const char *data, int length,
                            int qos, int retain, bool store);
