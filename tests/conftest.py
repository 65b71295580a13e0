from hypothesis import settings

settings.register_profile("no timing asserts", deadline=None)
settings.load_profile("no timing asserts")
