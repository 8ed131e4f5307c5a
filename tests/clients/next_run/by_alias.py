"""Uses a key that existed before by its alias alone; what its id is the program never knows."""

from common import client

kms = client("kms")

sealed = kms.encrypt(KeyId="alias/shop", Plaintext=b"one")["CiphertextBlob"]
assert kms.decrypt(KeyId="alias/shop", CiphertextBlob=sealed)["Plaintext"] == b"one"
kms.generate_data_key(KeyId="alias/shop", KeySpec="AES_256")
