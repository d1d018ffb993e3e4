(* Optimizers as templates over one parameter (src/train/optimizer.cpp): θ, its gradient g, the step's
   scalars (the learning rate η), and the state tensors, all of θ's shape but the scalars. No reals. *)
From Coq Require Import ZArith List Bool.
From Coq.Strings Require Import Byte.
From Pullback Require Import Base.Index Syntax Print.Bytes.
Import ListNotations.

Inductive optimizer :=
| Sgd                          (* θ' = θ - η g *)
| Momentum (mu : decimal).     (* v' = μ v + g;  θ' = θ - η v' *)

(* Names of the state tensors that each parameter has. *)
Definition state_of (o : optimizer) : list literal :=
  match o with
  | Sgd => []
  | Momentum _ => ["$velocity"%text]
  end.

(* A template: its instructions with the endings of their names, and where θ' and the new state are.
   Local numbers: θ 0, g 1, η 2, then the state, then the template's own instructions. *)
Record update := Update { u_code : list (tinstr * literal); u_theta : nat; u_state : list nat }.

(* θ - η · direction; rate, step and new get the local numbers n, n + 1, n + 2. *)
Definition descend (t : ty) (direction n : nat) : list (tinstr * literal) :=
  [(T (BroadcastInDim (snd t) []) [2%nat] [(fst t, [])] t, "$rate"%text);
   (T (Binary Multiply) [n; direction] [t; t] t, "$step"%text);
   (T (Binary Subtract) [0%nat; S n] [t; t] t, "$new"%text)].
Definition update_of (o : optimizer) (t : ty) : update :=
  match o with
  | Sgd => Update (descend t 1 3) 5 []
  | Momentum mu =>
      Update ([(T (Constant t [mu]) [] [] t, "$momentum"%text);
               (T (Binary Multiply) [4; 3]%nat [t; t] t, "$kept"%text);
               (T (Binary Add) [5; 1]%nat [t; t] t, "$velocity$new"%text)] ++ descend t 6 7) 9 [6%nat]
  end.
