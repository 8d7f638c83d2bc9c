// Firmware updates of a Godwit device on ESP-IDF: docs/device.md, "Update the firmware".
//
// A sketch, written from the documented interfaces. Its logic runs in the tests of the repository
// on a simulated flash; it was not run on a board.
//
// Needs: two OTA partitions, CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE, the components esp_http_client,
// app_update, nvs_flash, mbedtls, json (cJSON) and espressif/libsodium.
//
// Call all functions in one task, except that of the hello. While it downloads, commands wait.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include "cJSON.h"

typedef struct {
  const char *device_id;
  int product;
  const char *platform;
  const char *keys;                                // key document of the product (JSON), as delivered
  int (*publish)(const char *topic, const char *payload);  // QoS 1; returns the message id
  void (*hello)(void);                             // sends hello again
  // Returns whether the application accepts an update now, or the reason why not. May be NULL.
  bool (*accepts)(int version, const char **reason);
  bool (*healthy)(void);                           // the check of the application; may be NULL
} godwit_update_config_t;

// Once, after nvs_flash_init() and before the first connection.
void godwit_update_start(const godwit_update_config_t *config);

// Writes the fields for the hello, each with a comma before it. Returns their length.
int godwit_update_hello(char *out, size_t size);

// A message on control/{device}. Returns whether it was about the firmware.
bool godwit_update_command(const cJSON *control);

// MQTT_EVENT_PUBLISHED: the PUBACK of hello, and that of any other message.
void godwit_update_hello_acknowledged(void);
void godwit_update_acknowledged(int message_id);

// A step of the update that is under way. Returns the wait until the next step in ms; UINT32_MAX if
// there is nothing to do. Call it in a task of its own: it downloads, and restarts the chip.
unsigned godwit_update_step(void);

// Ten minutes after the start: reverts an image that is still on trial. A timer calls it.
void godwit_update_trial_over(void);
