(* The gradient function of a program (src/autodiff/gradient.cpp): it returns the program's first result,
   the gradient of that result by the parameters, and the program's other results. From a program to the
   text of both, as Coq computes them; Certificate/GradientTheorem.v says what they compute. No reals. *)
From Coq Require Import ZArith List Bool PArith FMapPositive.
From Coq.Strings Require Import Byte.
From Pullback Require Import Base.Index Syntax Ops.Op Autodiff.Prog Autodiff.Walk Autodiff.Network
  Composite.Lower Optim.TrainStep Print.Bytes Print.Module Certificate.Certificate.
Import ListNotations.

(* A parameter on which the result does not depend has a gradient of zeros. *)
Definition zero_of (n : positive) (x : input) : instr :=
  I n (Constant (in_type x) [Dec 0 0]) [] [] (in_type x) (contribution_name (fst (snd x)) 1).
(* The gradients of the parameters, the first unused id, and the instructions of zeros; m has the
   cotangents. *)
Fixpoint gradients_of (m : PM.t positive) (params : list input) (n : positive)
  : list positive * positive * prog :=
  match params with
  | [] => ([], n, [])
  | x :: params =>
      match PM.find (fst x) m with
      | Some g => let '(gs, next, zeros) := gradients_of m params n in (g :: gs, next, zeros)
      | None =>
          let '(gs, next, zeros) := gradients_of m params (Pos.succ n) in
          (n :: gs, next, zero_of n x :: zeros)
      end
  end.

(* The inputs in the order in which the functions take them. *)
Definition in_order (order : list positive) (l : list input) : list input :=
  flat_map (fun k => filter (fun x => Pos.eqb (fst x) k) l) order.

(* A program with its gradient function, both with their composites lowered. *)
Record differentiated := Differentiated {
  d_forward : forward; d_walk : bst;
  d_args : list input; d_gradients : list positive;
  d_function : prog; d_program : prog }.
Definition function_results (n : network) : list positive := net_loss n :: tl (net_results n).
Definition gradient_results (n : network) (d : differentiated) : list positive :=
  net_loss n :: d_gradients d ++ tl (net_results n).

Definition below_all (n : positive) (p : prog) (l : list positive) : bool :=
  forallb (fun i => Pos.ltb (res i) n && forallb (fun a => Pos.ltb a n) (args i)) p
  && forallb (fun x => Pos.ltb x n) l.
Definition well_formed (G : PM.t ty) (p : prog) : bool :=
  match wf G p with Some _ => true | None => false end.
(* Both programs are well-typed; results and cotangents are values of what computes them. *)
Definition gradient_ok (n : network) (f : forward) (s : bst) (arguments : list input) (zeros : prog)
  : bool :=
  match wf (add_inputs arguments (PM.empty _)) (f_prog f) with
  | None => false
  | Some G =>
      forallb (defined G) (function_results n)
      && match wf G (rev (code s)) with
         | None => false
         | Some G =>
             forallb (fun x : input =>
                        match PM.find (fst x) (ctm s) with Some g => defined G g | None => true end)
               (f_params f)
             && well_formed G zeros
         end
  end.

Definition differentiate (n : network) (order : list positive) : differentiated + refusal :=
  match elaborated n with
  | None => inr (untyped 0)
  | Some f =>
      if forward_ok f then
        match backward f with
        | None => inr (no_template 0)
        | Some s =>
            let arguments := in_order order (f_params f ++ f_stats f ++ f_batch f) in
            let G := add_inputs arguments (PM.empty _) in
            let '(gs, next, zeros) := gradients_of (ctm s) (f_params f) (nxt s) in
            let p := (f_prog f ++ rev (code s)) ++ zeros in
            let q := fst (lower next p) in
            let r := fst (lower (f_next f) (f_prog f)) in
            if gradient_ok n f s arguments zeros
               && below_all next p (gs ++ function_results n)
               && below_all (f_next f) (f_prog f) (function_results n)
               && well_formed G q && well_formed G r
            then inl (Differentiated f s arguments gs r q) else inr step_ill_typed
        end
      else inr (unsuitable 0)
  end.

(* The StableHLO modules of the program and of its gradient function. *)
Definition function_text (n : network) (order : list positive) : option (list byte) :=
  match differentiate n order with
  | inl d => print_module (net_name n) (d_args d) (function_results n) (d_function d)
  | inr _ => None
  end.
Definition gradient_text (n : network) (order : list positive) : option (list byte) :=
  match differentiate n order with
  | inl d => print_module (net_name n) (d_args d) (gradient_results n d) (d_program d)
  | inr _ => None
  end.

(* Why there is none. *)
Definition gradient_refusal (n : network) (order : list positive) : option refusal :=
  match differentiate n order with
  | inl _ =>
      match function_text n order, gradient_text n order with Some _, Some _ => None | _, _ =>
        Some unprintable end
  | inr r => Some (located n r)
  end.
