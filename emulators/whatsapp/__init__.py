"""An emulator of Meta's WhatsApp Cloud API: `python -m emulators.whatsapp --port 8075`."""
