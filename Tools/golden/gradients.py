"""Golden gradients: of a tiny transformer and a tiny autoencoder by every parameter, as PyTorch finds them.

Writes Tests/DiffusionTransformerTests/Fixtures/gradients.safetensors and Tests/AutoencoderTests/Fixtures/gradients.safetensors.
A gradient is kept as its length and its products with four seeded directions, in float64: the products of the difference
of two gradients with random directions tell the length of that difference.
"""

import pathlib

import torch
from safetensors.torch import save_file

import autoencoder
import transformer
from diffusers import QwenImageTransformer2DModel
from seeded_weights import fill, inputs

TESTS = pathlib.Path(__file__).parents[2] / "Tests"
DIRECTIONS = 4


def described(gradient, key):
    gradient = gradient.double()
    products = [(gradient * inputs(f"direction {index} {key}", gradient.shape)).sum() for index in range(DIRECTIONS)]
    return torch.stack([gradient.norm(), *products])


def gradients(module):
    return {key: described(weight.grad, key) for key, weight in module.named_parameters() if weight.grad is not None}


def main():
    model = fill(QwenImageTransformer2DModel(**transformer.SMALL)).train()
    frames, rows, columns, text = 3, 3, 4, 7
    targets = frames * rows * columns
    latents = inputs("gradients.latents", (2, targets + rows * columns, 64))
    mask = torch.ones(2, text, dtype=torch.bool)
    mask[1, 4:] = False
    velocity = model(
        hidden_states=latents, encoder_hidden_states=inputs("gradients.prompt", (2, text, 64)),
        encoder_hidden_states_mask=mask, timestep=torch.tensor([0.9, 0.35]),
        img_shapes=[[(1, rows, columns)] * (frames + 1)] * 2, additional_t_cond=torch.tensor([0, 1]),
        return_dict=False)[0][:, :targets]
    loss = ((velocity - inputs("gradients.target", velocity.shape)) ** 2).mean()
    loss.backward()
    save_file({"loss": loss.detach(), **gradients(model)}, TESTS / "DiffusionTransformerTests/Fixtures/gradients.safetensors")

    configuration = autoencoder.CONFIGURATIONS["three-levels"]
    vae = autoencoder.model(configuration).train()
    image = autoencoder.image(configuration, 20, 36)
    posterior = vae.encode(image).latent_dist
    divergence = (posterior.mean ** 2 + posterior.logvar.exp() - 1 - posterior.logvar).mean() / 2
    loss = ((vae.decode(posterior.mean).sample - image) ** 2).mean() + 1e-2 * divergence
    loss.backward()
    save_file({"loss": loss.detach(), **gradients(vae)}, TESTS / "AutoencoderTests/Fixtures/gradients.safetensors")


if __name__ == "__main__":
    main()
