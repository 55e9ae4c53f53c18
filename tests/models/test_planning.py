import keras

from otrain.models.planning import planning


def test_no_weight_of_a_plan_gets_a_number_later():
    with planning():
        plan = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])  # at the latest now Keras fills in what waits
    with keras.StatelessScope():
        pass
    assert all(weight._value is None for weight in plan.weights) and plan.count_params() == 15
