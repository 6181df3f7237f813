"""Golden gradients: of a tiny transformer, autoencoder and discriminator by every parameter, as PyTorch finds them.

Writes Tests/DiffusionTransformerTests/Fixtures/gradients.safetensors, Tests/AutoencoderTests/Fixtures/gradients.safetensors and
Tests/TrainingTests/Fixtures/discriminator.safetensors.
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


class Discriminator(torch.nn.Module):
    """PatchGAN of three layers of stride 2 over colours times alpha, and alpha."""

    def __init__(self, width):
        super().__init__()
        widths = [4, width, 2 * width, 4 * width, 8 * width, 1]
        for index in range(5):
            outer = index in (0, 4)
            layer = torch.nn.Conv2d(widths[index], widths[index + 1], 4, 2 if index < 3 else 1, 1, bias=outer)
            if not outer:
                layer.norm = torch.nn.BatchNorm2d(widths[index + 1], track_running_stats=False)
            self.add_module(str(index), layer)

    def forward(self, picture):
        x = torch.cat([picture[:, :3] * (picture[:, 3:] + 1) / 2, picture[:, 3:]], 1)
        for index, layer in enumerate(self.children()):
            x = layer(x)
            x = layer.norm(x) if hasattr(layer, "norm") else x
            x = torch.nn.functional.leaky_relu(x, 0.2) if index < 4 else x
        return x


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

    discriminator = fill(Discriminator(4)).train()
    given, made = (inputs(f"discriminator.{name}", (3, 4, 32, 40)).clamp(-1, 1) for name in ("given", "made"))
    loss = (torch.relu(1 - discriminator(given)).mean() + torch.relu(1 + discriminator(made)).mean()) / 2
    loss.backward()
    (TESTS / "TrainingTests/Fixtures").mkdir(exist_ok=True)
    save_file({"loss": loss.detach(), **gradients(discriminator)}, TESTS / "TrainingTests/Fixtures/discriminator.safetensors")


if __name__ == "__main__":
    main()
