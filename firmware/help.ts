/** The help text of the command. */
export const help = `Signs images of firmware, on this machine only: a private key never leaves it (docs/firmware.md).

npm run firmware -- COMMAND [options]

  keys new                a new key, and the first key document of a product
    --product ID            the id of the product
    --out DIR               the folder of the new files
    --public FILE           the public key of another person; several times for several people
    --threshold N           how many keys must sign (default: 1)
    --expires TIME          no image is valid by these keys after it (default: never)
  keys add                a new key alone, for another person
    --out DIR
  keys rotate             a new key, and the key document that follows another one
    --document FILE         the current key document
    --key FILE              the current keys, at least as many as its threshold
    --out DIR
    --keep                  the current keys stay valid beside the new one
    --public FILE, --threshold N, --expires TIME  as for keys new
  keys sign DOCUMENT      add signatures to a key document
    --key FILE
  sign IMAGE              sign an image
    --product ID, --version N  what it is uploaded as
    --key FILE              several times for several signatures
    --out FILE              the signed image (default: IMAGE.signed)
    --expires TIME          no device installs it after this time (default: in 365 days)
    --sequence N            devices refuse a smaller one than they have (default: the time in seconds)
    --minimum-version N     a device with an older version refuses the image
    --platform NAME         a device of another platform refuses the image
  sign SIGNED --add       add a signature to a signed image
    --key FILE
  sign SIGNED --again     a manifest for the same image with a new sequence and a new expiry, so that
                          devices with a later version accept the image: a rollback
    --key FILE, --expires TIME, --sequence N
    --out FILE              the manifest (default: SIGNED.manifest.json)
  verify FILE             print what a signed image, a manifest or a key document says, and who signed it
    --document FILE         the key document whose keys count; without it, the signatures are only listed

  --help                  print this text`;
