"""Runs MiniStack with all servers on 127.0.0.1. Its MQTT server listens on every interface."""

import asyncio

from ministack.app import main

create_server = asyncio.base_events.BaseEventLoop.create_server


def on_loopback(self, protocol_factory, host=None, port=None, **options):
    if options.get("sock") is None:
        host = "127.0.0.1"
    return create_server(self, protocol_factory, host=host, port=port, **options)


asyncio.base_events.BaseEventLoop.create_server = on_loopback
main()
